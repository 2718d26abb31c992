namespace RawStream.Http1;

/// <summary>
/// Every HTTP/1.1 request carries exactly one valid Host field, whatever the form of its target (RFC 9112 §3.2). HTTP/1.0 may
/// do without; what it sends must be valid all the same.
/// </summary>
internal static class HostField
{
    public static RejectionReason Check(RequestHead head)
    {
        var fields = head.Fields;
        var index = fields.IndexOf("host"u8);
        if (index < 0) return head.IsHttp10 ? RejectionReason.None : RejectionReason.MissingHost;
        if (fields.IndexOf("host"u8, index + 1) >= 0) return RejectionReason.MultipleHosts;
        return Grammar.IsHostAndPort(fields.Value(index)) ? RejectionReason.None : RejectionReason.InvalidHost;
    }
}
