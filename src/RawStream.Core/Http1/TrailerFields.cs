namespace RawStream.Http1;

/// <summary>
/// Trailers are kept apart from the header fields, and those that frame, route or authenticate a message mean nothing when
/// they come after it: they are dropped (RFC 9110 §6.5.1).
/// </summary>
internal static class TrailerFields
{
    public static bool AreForbidden(ReadOnlySpan<byte> name) =>
        Is(name, "transfer-encoding"u8) || Is(name, "content-length"u8) || Is(name, "host"u8) || Is(name, "connection"u8)
        || Is(name, "content-encoding"u8) || Is(name, "content-type"u8) || Is(name, "content-range"u8) || Is(name, "trailer"u8)
        || Is(name, "te"u8) || Is(name, "expect"u8) || Is(name, "upgrade"u8) || Is(name, "keep-alive"u8)
        || Is(name, "cache-control"u8) || Is(name, "max-forwards"u8) || Is(name, "authorization"u8) || Is(name, "cookie"u8)
        || Is(name, "set-cookie"u8);

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> other) => Grammar.EqualsIgnoreCase(name, other);
}
