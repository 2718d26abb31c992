namespace RawStream.Http1;

// The first line of a request (RFC 9112 §3):
//
//   request-line = method SP request-target SP HTTP-version
//   HTTP-version = "HTTP/" DIGIT "." DIGIT
//
//   GET /tick?ms=100 HTTP/1.1
//
// The separators are exactly one SP each. Lenient parsers that split on other whitespace have been tricked (RFC 9112 §11.2).

/// <summary>Reads a request line without its CRLF.</summary>
internal static class RequestLine
{
    private const int VersionLength = 8; // HTTP/1.1

    /// <param name="line">The line.</param>
    /// <param name="start">Where it stands in its head.</param>
    /// <param name="head">Gets method, target and version; the target is not looked at.</param>
    public static RejectionReason Read(ReadOnlySpan<byte> line, int start, RequestHead head)
    {
        var methodLength = line.StartsWith("GET "u8) ? 3 : line.IndexOfAnyExcept(Grammar.TokenBytes);
        if (methodLength <= 0) return methodLength < 0 ? RejectionReason.InvalidRequestLine : RejectionReason.InvalidMethod;
        if (line[methodLength] != ' ') return RejectionReason.InvalidMethod;

        var target = line[(methodLength + 1)..];
        var targetLength = target.IndexOf((byte)' ');
        if (targetLength <= 0) return RejectionReason.InvalidRequestLine;

        head.MethodStart = start;
        head.MethodLength = methodLength;
        head.TargetStart = start + methodLength + 1;
        head.TargetLength = targetLength;
        return ReadVersion(target[(targetLength + 1)..], head);
    }

    private static RejectionReason ReadVersion(ReadOnlySpan<byte> version, RequestHead head)
    {
        head.MinorVersion = 1;
        if (version.SequenceEqual("HTTP/1.1"u8)) return RejectionReason.None;
        if (version.Length != VersionLength || !version.StartsWith("HTTP/"u8) || version[6] != '.'
            || !char.IsAsciiDigit((char)version[5]) || !char.IsAsciiDigit((char)version[7]))
            return version.Contains((byte)' ') ? RejectionReason.InvalidRequestLine : RejectionReason.InvalidVersion;
        if (version[5] != '1') return RejectionReason.UnsupportedVersion;
        if (version[7] == '0') head.MinorVersion = 0;
        return RejectionReason.None;
    }
}
