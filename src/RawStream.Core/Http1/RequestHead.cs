namespace RawStream.Http1;

/// <summary>A request head once it is parsed: its bytes, and where in them each part stands. One per connection, reused.</summary>
internal sealed class RequestHead
{
    /// <summary>Its fields; they hold the bytes of the whole head.</summary>
    public RequestHeaders Fields { get; } = new();

    public RequestLine Line { get; set; }

    /// <summary>How many empty bytes stood in front of the request line.</summary>
    public int LineStart { get; set; }

    /// <summary>Offsets in it count from the first byte of the request-target.</summary>
    public RequestTarget TargetParts { get; set; }

    /// <summary>The method is HEAD: whatever is answered, a refusal included, has no content (RFC 9110 §9.3.2).</summary>
    public bool IsHead { get; set; }

    public bool IsHttp10 => Line.MinorVersion == 0;

    public ReadOnlySpan<byte> Method => Fields.Bytes.Slice(LineStart, Line.MethodLength);

    public ReadOnlySpan<byte> Target => Fields.Bytes.Slice(LineStart + Line.TargetStart, Line.TargetLength);

    public ReadOnlySpan<byte> Path => TargetParts.PathLength == 0 ? "/"u8 : Target.Slice(TargetParts.PathStart, TargetParts.PathLength);

    public ReadOnlySpan<byte> Query => Target.Slice(TargetParts.QueryStart, TargetParts.QueryLength);

    public ReadOnlySpan<byte> Authority => Target.Slice(TargetParts.AuthorityStart, TargetParts.AuthorityLength);
}
