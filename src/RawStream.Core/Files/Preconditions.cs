namespace RawStream.Files;

/// <summary>What the conditions of a request come to.</summary>
internal enum Precondition
{
    /// <summary>The request is carried out.</summary>
    Holds,

    /// <summary>304: the client has it already.</summary>
    NotModified,

    /// <summary>412: it is not what the client takes it for.</summary>
    Failed,
}

/// <summary>The conditions of GET and HEAD, in the order of RFC 9110 §13.2.2. A date that is none is as if it were not there.</summary>
internal static class Preconditions
{
    /// <param name="fields">Of the request.</param>
    /// <param name="tag">The entity tag of what there is.</param>
    /// <param name="modified">When it was last modified, in whole seconds.</param>
    public static Precondition Evaluate(RequestHeaders fields, string tag, DateTime modified)
    {
        if (fields["If-Match"] is { } match)
        {
            if (!EntityTag.IsIn(match, tag, isStrong: true)) return Precondition.Failed;
        }
        else if (ReadDate(fields, "If-Unmodified-Since") is { } unmodifiedSince && modified > unmodifiedSince)
        {
            return Precondition.Failed;
        }
        if (fields["If-None-Match"] is { } noneMatch)
            return EntityTag.IsIn(noneMatch, tag, isStrong: false) ? Precondition.NotModified : Precondition.Holds;
        return ReadDate(fields, "If-Modified-Since") is { } modifiedSince && modified <= modifiedSince ? Precondition.NotModified : Precondition.Holds;
    }

    /// <summary>The last step: whether Range counts, which without If-Range it does (RFC 9110 §13.1.5).</summary>
    /// <inheritdoc cref="Evaluate" path="/param"/>
    public static bool RangeCounts(RequestHeaders fields, string tag, DateTime modified)
    {
        if (fields["If-Range"] is not { } validator) return true;
        return EntityTag.AreEqual(validator, tag, isStrong: true) || (HttpDate.TryParse(validator, out var date) && date == modified);
    }

    private static DateTime? ReadDate(RequestHeaders fields, string name) =>
        fields[name] is { } text && HttpDate.TryParse(text, out var date) ? date : null;
}
