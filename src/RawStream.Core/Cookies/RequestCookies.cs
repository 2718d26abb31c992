using System.Collections;
using RawStream.Http1;

namespace RawStream;

// What a browser sends back (RFC 6265 §4.2.1), on one line or on several:
//
//   cookie-string = cookie-pair *( ";" SP cookie-pair )
//   cookie-pair   = cookie-name "=" cookie-value
//
//   Cookie: sid=31d4d96e407aad42; lang="en"

/// <summary>
/// The cookies of a request, as names and values. What other sites of the same domain or scripts have set comes as well, so anything but a pair is passed over and never refused.
/// Quotes around a value are taken off; nothing else is decoded. Text is made of a cookie when it is asked for, and not before.
/// </summary>
public sealed class RequestCookies : IEnumerable<KeyValuePair<string, string>>
{
    private readonly RequestHeaders _fields;

    internal RequestCookies(RequestHeaders fields) => _fields = fields;

    /// <summary>How many cookies there are.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var _ in this) count++;
            return count;
        }
    }

    /// <summary>
    /// The value of a cookie, or null when it was not sent. Case counts. Of several with one name it is the first one: browsers send that of the longest path first
    /// (RFC 6265 §5.4).
    /// </summary>
    public string? this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            for (var line = NextLine(0); line >= 0; line = NextLine(line + 1))
            {
                var cookies = _fields.Value(line);
                foreach (var range in cookies.Split((byte)';'))
                    if (TrySplit(cookies[range], out var foundName, out var value) && RequestHeaders.Decode(foundName) == name)
                        return RequestHeaders.Decode(value);
            }
            return null;
        }
    }

    /// <summary>Each cookie in its order.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        var pairs = new List<KeyValuePair<string, string>>();
        for (var line = NextLine(0); line >= 0; line = NextLine(line + 1))
        {
            var cookies = _fields.Value(line);
            foreach (var range in cookies.Split((byte)';'))
                if (TrySplit(cookies[range], out var name, out var value))
                    pairs.Add(new(RequestHeaders.Decode(name), RequestHeaders.Decode(value)));
        }
        return pairs.GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int NextLine(int start) => _fields.IndexOf("cookie"u8, start);

    private static bool TrySplit(ReadOnlySpan<byte> pair, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var equals = pair.IndexOf((byte)'=');
        name = value = default;
        if (equals < 0) return false;
        name = Grammar.TrimOws(pair[..equals]);
        value = Grammar.TrimOws(pair[(equals + 1)..]);
        if (value is [(byte)'"', .., (byte)'"']) value = value[1..^1];
        return !name.IsEmpty;
    }
}
