namespace RawStream.Http1;

/// <summary>
/// A request head once it is parsed: its bytes, and where in them each part stands, counted from the head's first byte. One per
/// connection, reused. The parsers write their findings straight into it.
/// </summary>
internal sealed class RequestHead
{
    /// <summary>Its fields; they hold the bytes of the whole head.</summary>
    public RequestHeaders Fields { get; } = new();

    /// <summary>The x of HTTP/1.x; a higher one than 1 is processed as 1 (RFC 9110 §2.5).</summary>
    public int MinorVersion;

    public int MethodStart;
    public int MethodLength;

    public int TargetStart;
    public int TargetLength;

    public int PathStart;

    /// <summary>0 in an absolute-form without a path, which means "/".</summary>
    public int PathLength;

    /// <summary>Behind the "?". An absent query and an empty one are the same to us.</summary>
    public int QueryStart;
    public int QueryLength;

    /// <summary>Of an absolute-form, where it replaces the Host field (RFC 9112 §3.2.2).</summary>
    public int AuthorityStart;
    public int AuthorityLength;

    /// <summary>The method is HEAD: whatever is answered, a refusal included, has no content (RFC 9110 §9.3.2).</summary>
    public bool IsHead;

    public bool IsHttp10 => MinorVersion == 0;

    public ReadOnlySpan<byte> Method => Fields.Bytes.Slice(MethodStart, MethodLength);

    public ReadOnlySpan<byte> Target => Fields.Bytes.Slice(TargetStart, TargetLength);

    public ReadOnlySpan<byte> Path => PathLength == 0 ? "/"u8 : Fields.Bytes.Slice(PathStart, PathLength);

    public ReadOnlySpan<byte> Query => Fields.Bytes.Slice(QueryStart, QueryLength);

    public ReadOnlySpan<byte> Authority => Fields.Bytes.Slice(AuthorityStart, AuthorityLength);
}
