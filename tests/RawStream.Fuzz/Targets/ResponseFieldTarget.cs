using System.Text;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Peers;

namespace RawStream.Fuzz.Targets;

/// <summary>
/// Fields, trailers, redirects, types and statuses that a handler makes of what a client has sent: they are refused when they are set, or the response is one well-formed
/// response that has them.
/// </summary>
internal sealed class ResponseFieldTarget : FuzzTarget
{
    private readonly Harness _harness;
    private string _name = "", _value = "";
    private bool _isSet;

    public ResponseFieldTarget() => _harness = new Harness(server => server.Map("GET /", WriteAsync));

    public override string Name => "response-field";

    /// <summary>The input is a name and a value, separated by the first colon.</summary>
    public override int Run(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        (_name, _value) = colon < 0 ? ("X-A", text) : (text[..colon], text[(colon + 1)..]);
        _isSet = false;
        var responses = ResponseReader.ReadAll(_harness.Exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"u8).Span, ["GET"]);
        Check(responses is [{ Status: 200 }], $"one response: {responses.FirstOrDefault()?.Describe()}");
        var isOurs = _name.ToLowerInvariant() is "connection" or "date" or "content-type" or "transfer-encoding" or "keep-alive" or "content-length";
        if (_isSet && !isOurs && _value.Length > 0)
            Check(responses[0].Fields.Any(field => field.Name.Equals(_name, StringComparison.OrdinalIgnoreCase)), "a field that is set is sent");
        return (_isSet ? 1 : 0) + 2 * Math.Min(responses[0].Fields.Count, 9) + 20 * Math.Min(responses[0].Body.Length, 9);
    }

    private async ValueTask WriteAsync(Request request, ResponseWriter response)
    {
        try
        {
            response.Headers[_name] = _value;
            _isSet = true;
        }
        catch (ArgumentException)
        {
            // It cannot be sent as it is, and whoever sets it is told so.
        }
        catch (InvalidOperationException)
        {
            // It is the server's to set.
        }
        if (response.Headers["Content-Length"] is not null) response.Headers.Remove("Content-Length");
        try
        {
            response.Trailers["X-T"] = _value;
        }
        catch (ArgumentException)
        {
            // The same.
        }
        await response.WriteAsync("a");
        await response.WriteAsync("b");
    }
}
