namespace RawStream.Http1;

/// <summary>
/// <c>Expect: 100-continue</c> (RFC 9110 §10.1.1): the client holds its body back until it is asked for. Any other expectation
/// cannot be met. HTTP/1.0 clients do not know it, so theirs is ignored.
/// </summary>
internal static class Expectation
{
    public static RejectionReason Read(RequestHead head, out bool continues)
    {
        continues = false;
        var fields = head.Fields;
        for (var i = fields.IndexOf("expect"u8); i >= 0 && !head.IsHttp10; i = fields.IndexOf("expect"u8, i + 1))
        {
            if (!Grammar.EqualsIgnoreCase(fields.Value(i), "100-continue"u8)) return RejectionReason.UnmetExpectation;
            continues = true;
        }
        return RejectionReason.None;
    }
}
