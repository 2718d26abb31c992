using System.Text;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Peers;

namespace RawStream.Fuzz.Targets;

/// <summary>Origins: only the one that is allowed is granted anything, and nothing of a preflight becomes a field of its own.</summary>
internal sealed class CorsTarget : FuzzTarget
{
    private const string Allowed = "https://a.example";

    private readonly Harness _harness = new(server =>
    {
        server.UseCors(new CorsOptions { Origins = [Allowed], Credentials = true });
        server.Map("GET /", _ => "ok");
        server.Map("PUT /", _ => "ok");
    });

    public override string Name => "cors";

    public override IReadOnlyList<byte[]> Tokens => Dictionary.Fields;

    public override int Run(byte[] input)
    {
        var line = input.AsSpan().IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var end ? input[..end] : input;
        var isAllowed = Encoding.Latin1.GetString(line).Trim(' ', '\t') == Allowed;
        return Send("GET", "Origin", line, isAllowed) + 10 * Send("OPTIONS", "Access-Control-Request-Method: PUT\r\nOrigin", line, isAllowed)
            + 100 * Send("OPTIONS", $"Access-Control-Request-Method: PUT\r\nOrigin: {Allowed}\r\nAccess-Control-Request-Headers", line, true);
    }

    private int Send(string method, string name, byte[] line, bool isAllowed)
    {
        byte[] request = [.. Encoding.ASCII.GetBytes($"{method} / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{name}: "), .. line, .. "\r\n\r\n"u8];
        var responses = ResponseReader.ReadAll(_harness.Exchange(request).Span, [method]);
        Check(responses is [{ Status: < 500 }], $"one answer, and no fault of the server: {responses.FirstOrDefault()?.Describe()}");
        var granted = responses[0]["access-control-allow-origin"];
        if (responses[0].Status == 400) return 1;
        Check(granted == (isAllowed ? Allowed : null), $"granted: {granted}");
        return granted is null ? 2 : responses[0]["access-control-allow-headers"] is null ? 3 : 4;
    }
}
