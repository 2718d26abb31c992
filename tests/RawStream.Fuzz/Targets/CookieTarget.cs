using System.Text;
using RawStream.Cookies;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Peers;

namespace RawStream.Fuzz.Targets;

/// <summary>Cookies: each that is listed is found by its name; what is set comes back, or cannot be set.</summary>
internal sealed class CookieTarget : FuzzTarget
{
    private static readonly CookieOptions Options = new();

    public override string Name => "cookie";

    public override IReadOnlyList<byte[]> Tokens => Dictionary.Fields;

    public override int Run(byte[] input)
    {
        var outcome = 0;
        if (Heads.WithLines("Cookie", input) is { } head)
        {
            var cookies = new RequestCookies(head.Fields);
            var listed = cookies.ToList();
            Check(listed.Count == cookies.Count, "as many as are counted");
            foreach (var (name, _) in listed.Take(20)) Check(cookies[name] == listed.First(cookie => cookie.Key == name).Value, "the first of a name is found");
            outcome = 1 + Math.Min(listed.Count, 10) + 20 * listed.Count(cookie => cookie.Value.Length == 0) % 5;
        }
        return outcome + 100 * RoundTrip(Encoding.UTF8.GetString(input));
    }

    private static int RoundTrip(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0) return 0;
        string field;
        try
        {
            field = SetCookieField.Format(text[..equals], text[(equals + 1)..], Options, null);
        }
        catch (ArgumentException)
        {
            return 1;
        }
        Check(!field.AsSpan().ContainsAnyExceptInRange(' ', '~'), "a Set-Cookie line is printable");
        var back = Heads.WithLines("Cookie", Encoding.Latin1.GetBytes(field[..field.IndexOf(';', StringComparison.Ordinal)]));
        Check(back is not null && new RequestCookies(back.Fields)[text[..equals]] == text[(equals + 1)..], "a cookie that is set comes back");
        return 2;
    }
}
