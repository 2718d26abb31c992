namespace RawStream.Http1;

// What a request asks for, in one of four forms (RFC 9112 §3.2):
//
//   origin-form    = absolute-path [ "?" query ]     GET /tick?ms=100
//   absolute-form  = absolute-URI                    GET http://example.org/tick?ms=100
//   authority-form = uri-host ":" port               CONNECT example.org:443
//   asterisk-form  = "*"                             OPTIONS *

/// <summary>Takes a request-target apart.</summary>
internal static class RequestTarget
{
    /// <param name="method">CONNECT has a form of its own, and OPTIONS may have one.</param>
    /// <param name="target">At least one byte, none of them SP.</param>
    /// <param name="start">Where it stands in its head.</param>
    /// <param name="head">Gets path, query and authority.</param>
    public static RejectionReason Read(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target, int start, RequestHead head)
    {
        head.AuthorityLength = 0;
        if (method.SequenceEqual("CONNECT"u8)) return CheckAuthorityForm(target);
        if (target[0] == '/') return ReadPathAndQuery(target, start, head);
        if (target.SequenceEqual("*"u8) && method.SequenceEqual("OPTIONS"u8)) return ReadAsteriskForm(start, head);
        return ReadAbsoluteForm(target, start, head);
    }

    private static RejectionReason ReadPathAndQuery(ReadOnlySpan<byte> target, int start, RequestHead head)
    {
        var pathLength = Grammar.PercentEncodedLength(target, Grammar.PathBytes);
        var query = target[pathLength..];
        head.PathStart = start;
        head.PathLength = pathLength;
        head.QueryStart = start + pathLength + 1;
        head.QueryLength = query.Length - 1;
        if (query.IsEmpty)
        {
            head.QueryStart = head.QueryLength = 0;
            return RejectionReason.None;
        }
        return query[0] == '?' && !query[1..].ContainsAnyExcept(Grammar.QueryBytes) ? RejectionReason.None : RejectionReason.InvalidTarget;
    }

    private static RejectionReason ReadAsteriskForm(int start, RequestHead head)
    {
        head.PathStart = start;
        head.PathLength = 1;
        head.QueryStart = head.QueryLength = 0;
        return RejectionReason.None;
    }

    /// <summary>An http or https URI; an empty host, or a user in it, is refused (RFC 9110 §4.2).</summary>
    private static RejectionReason ReadAbsoluteForm(ReadOnlySpan<byte> target, int start, RequestHead head)
    {
        var schemeEnd = target.IndexOf("://"u8);
        if (schemeEnd < 0) return RejectionReason.InvalidTarget;
        var scheme = target[..schemeEnd];
        if (!Grammar.EqualsIgnoreCase(scheme, "http"u8) && !Grammar.EqualsIgnoreCase(scheme, "https"u8)) return RejectionReason.InvalidTarget;

        var afterScheme = target[(schemeEnd + 3)..];
        var authorityLength = afterScheme.IndexOfAny((byte)'/', (byte)'?');
        if (authorityLength < 0) authorityLength = afterScheme.Length;
        var authority = afterScheme[..authorityLength];
        if (authority.IsEmpty || !Grammar.IsHostAndPort(authority)) return RejectionReason.InvalidTarget;

        head.AuthorityStart = start + schemeEnd + 3;
        head.AuthorityLength = authorityLength;
        return ReadPathAndQuery(afterScheme[authorityLength..], head.AuthorityStart + authorityLength, head);
    }

    /// <summary>Well-formed or not, a tunnel is not for us.</summary>
    private static RejectionReason CheckAuthorityForm(ReadOnlySpan<byte> target)
    {
        var colon = target.LastIndexOf((byte)':');
        var valid = colon > 0 && colon < target.Length - 1 && Grammar.IsHostAndPort(target);
        return valid ? RejectionReason.ConnectNotSupported : RejectionReason.InvalidTarget;
    }
}
