namespace RawStream.Files;

// entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE    (RFC 9110 §8.8.3)
//
//   "8dd0a3f1c2b4a80-5f1"      W/"1"      "a,b"

/// <summary>Entity tags, and lists of them, compared.</summary>
internal static class EntityTag
{
    /// <summary>Whether <paramref name="list"/>, <c>"*" / #entity-tag</c>, names the tag. What follows a malformed one is not looked at.</summary>
    /// <param name="list">The value of If-Match or If-None-Match.</param>
    /// <param name="tag">Of what there is.</param>
    /// <param name="isStrong">The strong comparison: a weak tag equals none (RFC 9110 §8.8.3.2).</param>
    public static bool IsIn(ReadOnlySpan<char> list, ReadOnlySpan<char> tag, bool isStrong)
    {
        if (list is "*") return true;
        while (true)
        {
            list = list.TrimStart(" \t,");
            var length = LengthOfFirst(list);
            if (length == 0) return false;
            if (AreEqual(list[..length], tag, isStrong)) return true;
            list = list[length..].TrimStart(" \t");
            if (!list.StartsWith(',')) return false;
        }
    }

    public static bool AreEqual(ReadOnlySpan<char> one, ReadOnlySpan<char> other, bool isStrong) =>
        isStrong ? !IsWeak(one) && one.SequenceEqual(other) : Opaque(one).SequenceEqual(Opaque(other));

    /// <summary>How long the tag is that the text begins with; 0 when it begins with none.</summary>
    private static int LengthOfFirst(ReadOnlySpan<char> text)
    {
        var start = IsWeak(text) ? 2 : 0;
        if (!text[start..].StartsWith('"')) return 0;
        var end = text[(start + 1)..].IndexOf('"');
        return end < 0 ? 0 : start + 1 + end + 1;
    }

    private static bool IsWeak(ReadOnlySpan<char> tag) => tag.StartsWith("W/");

    private static ReadOnlySpan<char> Opaque(ReadOnlySpan<char> tag) => IsWeak(tag) ? tag[2..] : tag;
}
