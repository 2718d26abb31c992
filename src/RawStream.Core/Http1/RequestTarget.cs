namespace RawStream.Http1;

// What a request asks for, in one of four forms (RFC 9112 §3.2):
//
//   origin-form    = absolute-path [ "?" query ]     GET /tick?ms=100
//   absolute-form  = absolute-URI                    GET http://example.org/tick?ms=100
//   authority-form = uri-host ":" port               CONNECT example.org:443
//   asterisk-form  = "*"                             OPTIONS *

/// <summary>A request-target, taken apart. Offsets count from its first byte.</summary>
internal readonly struct RequestTarget
{
    public int PathStart { get; private init; }

    /// <summary>0 in an absolute-form without a path, which means "/".</summary>
    public int PathLength { get; private init; }

    /// <summary>Without the "?"; an absent query and an empty one are the same to us.</summary>
    public int QueryStart { get; private init; }

    public int QueryLength { get; private init; }

    /// <summary>Of an absolute-form: it replaces the Host field (RFC 9112 §3.2.2).</summary>
    public int AuthorityStart { get; private init; }

    public int AuthorityLength { get; private init; }

    public static RejectionReason Read(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target, out RequestTarget result)
    {
        result = default;
        if (method.SequenceEqual("CONNECT"u8)) return ReadAuthorityForm(target);
        if (target[0] == '/') return ReadPathAndQuery(target, 0, default, out result);
        if (target.SequenceEqual("*"u8) && method.SequenceEqual("OPTIONS"u8)) return ReadAsteriskForm(out result);
        return ReadAbsoluteForm(target, out result);
    }

    private static RejectionReason ReadPathAndQuery(ReadOnlySpan<byte> target, int start, Range authority, out RequestTarget result)
    {
        var pathAndQuery = target[start..];
        var pathLength = pathAndQuery.IndexOf((byte)'?');
        var queryLength = pathLength < 0 ? 0 : pathAndQuery.Length - pathLength - 1;
        if (pathLength < 0) pathLength = pathAndQuery.Length;
        var (authorityStart, authorityLength) = authority.GetOffsetAndLength(target.Length);
        result = new RequestTarget
        {
            PathStart = start,
            PathLength = pathLength,
            QueryStart = target.Length - queryLength,
            QueryLength = queryLength,
            AuthorityStart = authorityStart,
            AuthorityLength = authorityLength,
        };
        var valid = Grammar.IsPercentEncoded(pathAndQuery[..pathLength], Grammar.PathBytes)
            && !pathAndQuery[^queryLength..].ContainsAnyExcept(Grammar.QueryBytes);
        return valid ? RejectionReason.None : RejectionReason.InvalidTarget;
    }

    private static RejectionReason ReadAsteriskForm(out RequestTarget result)
    {
        result = new RequestTarget { PathLength = 1, QueryStart = 1 };
        return RejectionReason.None;
    }

    /// <summary>An http or https URI; an empty host, or a user in it, is refused (RFC 9110 §4.2).</summary>
    private static RejectionReason ReadAbsoluteForm(ReadOnlySpan<byte> target, out RequestTarget result)
    {
        result = default;
        var schemeEnd = target.IndexOf("://"u8);
        if (schemeEnd < 0) return RejectionReason.InvalidTarget;
        var scheme = target[..schemeEnd];
        if (!Grammar.EqualsIgnoreCase(scheme, "http"u8) && !Grammar.EqualsIgnoreCase(scheme, "https"u8)) return RejectionReason.InvalidTarget;

        var start = schemeEnd + 3;
        var length = target[start..].IndexOfAny((byte)'/', (byte)'?');
        var end = length < 0 ? target.Length : start + length;
        var authority = target[start..end];
        if (authority.IsEmpty || !Grammar.IsHostAndPort(authority)) return RejectionReason.InvalidTarget;
        return ReadPathAndQuery(target, end, start..end, out result);
    }

    /// <summary>Well-formed or not, a tunnel is not for us.</summary>
    private static RejectionReason ReadAuthorityForm(ReadOnlySpan<byte> target)
    {
        var colon = target.LastIndexOf((byte)':');
        var valid = colon > 0 && colon < target.Length - 1 && Grammar.IsHostAndPort(target);
        return valid ? RejectionReason.ConnectNotSupported : RejectionReason.InvalidTarget;
    }
}
