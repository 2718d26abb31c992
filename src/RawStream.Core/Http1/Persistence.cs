namespace RawStream.Http1;

/// <summary>Whether the connection stays open for a next request (RFC 9112 §9.3).</summary>
internal static class Persistence
{
    /// <summary>
    /// HTTP/1.1 stays open unless told <c>close</c>; HTTP/1.0 closes unless told <c>keep-alive</c>; <c>close</c> always wins.
    /// </summary>
    public static bool IsKept(RequestHead head)
    {
        var kept = !head.IsHttp10;
        var fields = head.Fields;
        for (var i = fields.IndexOf("connection"u8); i >= 0; i = fields.IndexOf("connection"u8, i + 1))
        {
            var value = fields.Value(i);
            foreach (var range in value.Split((byte)','))
            {
                var option = Grammar.TrimOws(value[range]);
                if (Grammar.EqualsIgnoreCase(option, "close"u8)) return false;
                kept |= Grammar.EqualsIgnoreCase(option, "keep-alive"u8);
            }
        }
        return kept;
    }
}
