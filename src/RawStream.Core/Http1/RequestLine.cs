namespace RawStream.Http1;

// The first line of a request (RFC 9112 §3):
//
//   request-line = method SP request-target SP HTTP-version
//   HTTP-version = "HTTP/" DIGIT "." DIGIT
//
//   GET /tick?ms=100 HTTP/1.1
//
// The separators are exactly one SP each. Lenient parsers that split on other whitespace have been tricked (RFC 9112 §11.2).

/// <summary>A request line without its CRLF. Offsets count from its first byte.</summary>
internal readonly struct RequestLine(int methodLength, int targetLength, int minorVersion)
{
    private const int VersionLength = 8; // HTTP/1.1

    public int MethodLength => methodLength;

    public int TargetStart => methodLength + 1;

    public int TargetLength => targetLength;

    /// <summary>The x of HTTP/1.x. A higher minor version than ours is processed as ours (RFC 9110 §2.5).</summary>
    public int MinorVersion => minorVersion;

    public static RejectionReason Read(ReadOnlySpan<byte> line, out RequestLine requestLine)
    {
        requestLine = default;
        var methodLength = line.IndexOfAnyExcept(Grammar.TokenBytes);
        if (methodLength <= 0) return methodLength < 0 ? RejectionReason.InvalidRequestLine : RejectionReason.InvalidMethod;
        if (line[methodLength] != ' ') return RejectionReason.InvalidMethod;

        var rest = line[(methodLength + 1)..];
        var targetLength = rest.IndexOf((byte)' ');
        if (targetLength <= 0) return RejectionReason.InvalidRequestLine;

        var rejection = ReadVersion(rest[(targetLength + 1)..], out var minorVersion);
        requestLine = new RequestLine(methodLength, targetLength, minorVersion);
        return rejection;
    }

    private static RejectionReason ReadVersion(ReadOnlySpan<byte> version, out int minor)
    {
        minor = 1;
        if (version.SequenceEqual("HTTP/1.1"u8)) return RejectionReason.None;
        if (version.Length != VersionLength || !version.StartsWith("HTTP/"u8) || version[6] != '.'
            || !char.IsAsciiDigit((char)version[5]) || !char.IsAsciiDigit((char)version[7]))
            return version.Contains((byte)' ') ? RejectionReason.InvalidRequestLine : RejectionReason.InvalidVersion;
        if (version[5] != '1') return RejectionReason.UnsupportedVersion;
        minor = Math.Min(version[7] - '0', 1);
        return RejectionReason.None;
    }
}
