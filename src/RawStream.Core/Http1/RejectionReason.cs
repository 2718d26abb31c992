namespace RawStream.Http1;

/// <summary>Why a request is refused. <see cref="Rejection"/> says with which status, in which words, by which rule.</summary>
internal enum RejectionReason : byte
{
    None,
    IncompleteHead,
    InvalidRequestLine,
    InvalidMethod,
    InvalidTarget,
    MethodTooLong,
    TargetTooLong,
    InvalidVersion,
    UnsupportedVersion,
    InvalidLineEnd,
    InvalidFieldName,
    InvalidFieldValue,
    SpaceBeforeColon,
    LineFolding,
    FieldsTooLarge,
    TooManyFields,
    MissingHost,
    MultipleHosts,
    InvalidHost,
    InvalidContentLength,
    MultipleContentLengths,
    ContentLengthWithTransferEncoding,
    TransferEncodingInHttp10,
    InvalidTransferEncoding,
    ChunkedNotLast,
    UnsupportedTransferCoding,
    InvalidChunkSize,
    ChunkSizeLineTooLong,
    InvalidChunkExtension,
    InvalidChunkEnd,
    IncompleteBody,
    BodyTooLarge,
    BodyTooSlow,
    UnmetExpectation,
    ConnectNotSupported,
    HeadTooSlow,
    TooManyConnections,
    NotSecure,
}

/// <summary>What a refused request is told.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Message">One sentence for the person at the other end.</param>
/// <param name="Rule">The RFC section that asks for it.</param>
internal readonly record struct Rejection(int Status, string Message, string Rule)
{
    /// <summary>The one table: every refusal has its line here.</summary>
    public static Rejection Of(RejectionReason reason) => reason switch
    {
        RejectionReason.IncompleteHead => new(400, "The connection ended inside the request head.", "RFC 9112 §8"),
        RejectionReason.InvalidRequestLine => new(400, "The request line is not 'method SP request-target SP HTTP-version'.", "RFC 9112 §3"),
        RejectionReason.InvalidMethod => new(400, "The method is not a token.", "RFC 9110 §9.1"),
        RejectionReason.InvalidTarget => new(400, "The request-target has none of the four forms, or holds what it may not.", "RFC 9112 §3.2"),
        RejectionReason.MethodTooLong => new(501, "The method is longer than any that is known.", "RFC 9112 §3"),
        RejectionReason.TargetTooLong => new(414, "The request line is too long.", "RFC 9110 §15.5.15"),
        RejectionReason.InvalidVersion => new(400, "The HTTP-version is not 'HTTP/' digit '.' digit.", "RFC 9112 §2.3"),
        RejectionReason.UnsupportedVersion => new(505, "This server speaks HTTP/1.1.", "RFC 9110 §15.6.6"),
        RejectionReason.InvalidLineEnd => new(400, "A line does not end with CR LF.", "RFC 9112 §2.2"),
        RejectionReason.InvalidFieldName => new(400, "A field name is not a token.", "RFC 9110 §5.1"),
        RejectionReason.InvalidFieldValue => new(400, "A field value holds a control character.", "RFC 9110 §5.5"),
        RejectionReason.SpaceBeforeColon => new(400, "There is whitespace between a field name and its colon.", "RFC 9112 §5.1"),
        RejectionReason.LineFolding => new(400, "A field line starts with whitespace (obs-fold).", "RFC 9112 §5.2"),
        RejectionReason.FieldsTooLarge => new(431, "The field section is too large.", "RFC 6585 §5"),
        RejectionReason.TooManyFields => new(431, "There are too many field lines.", "RFC 6585 §5"),
        RejectionReason.MissingHost => new(400, "The Host field is missing.", "RFC 9112 §3.2"),
        RejectionReason.MultipleHosts => new(400, "There is more than one Host field.", "RFC 9112 §3.2"),
        RejectionReason.InvalidHost => new(400, "The Host field is not 'uri-host [\":\" port]'.", "RFC 9112 §3.2"),
        RejectionReason.InvalidContentLength => new(400, "Content-Length is not a decimal number, or is out of range.", "RFC 9112 §6.3"),
        RejectionReason.MultipleContentLengths => new(400, "There is more than one Content-Length.", "RFC 9112 §6.3"),
        RejectionReason.ContentLengthWithTransferEncoding => new(400, "There are both Content-Length and Transfer-Encoding.", "RFC 9112 §6.3"),
        RejectionReason.TransferEncodingInHttp10 => new(400, "There is a Transfer-Encoding in an HTTP/1.0 request.", "RFC 9112 §6.1"),
        RejectionReason.InvalidTransferEncoding => new(400, "Transfer-Encoding is not a list of transfer codings.", "RFC 9112 §6.1"),
        RejectionReason.ChunkedNotLast => new(400, "The last transfer coding is not chunked, or chunked is applied twice.", "RFC 9112 §6.3"),
        RejectionReason.UnsupportedTransferCoding => new(501, "The only transfer coding understood is chunked.", "RFC 9112 §6.1"),
        RejectionReason.InvalidChunkSize => new(400, "A chunk size is not a hexadecimal number, or is out of range.", "RFC 9112 §7.1"),
        RejectionReason.ChunkSizeLineTooLong => new(400, "The line of a chunk size is too long.", "RFC 9112 §7.1.1"),
        RejectionReason.InvalidChunkExtension => new(400, "A chunk extension is malformed.", "RFC 9112 §7.1.1"),
        RejectionReason.InvalidChunkEnd => new(400, "The data of a chunk is not followed by CR LF.", "RFC 9112 §7.1"),
        RejectionReason.IncompleteBody => new(400, "The client hung up before its request body was complete.", "RFC 9112 §8"),
        RejectionReason.BodyTooLarge => new(413, "The request body is too large.", "RFC 9110 §15.5.14"),
        RejectionReason.BodyTooSlow => new(408, "The request body arrives too slowly.", "RFC 9110 §15.5.9"),
        RejectionReason.UnmetExpectation => new(417, "The only expectation understood is 100-continue.", "RFC 9110 §10.1.1"),
        RejectionReason.ConnectNotSupported => new(501, "This server is not a proxy.", "RFC 9110 §9.3.6"),
        RejectionReason.HeadTooSlow => new(408, "The request head did not arrive in time.", "RFC 9110 §15.5.9"),
        RejectionReason.TooManyConnections => new(503, "Too many connections are open.", "RFC 9110 §15.6.4"),
        RejectionReason.NotSecure => new(400, "This port speaks HTTPS, and the request came without TLS.", "RFC 9110 §4.2.2"),
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
