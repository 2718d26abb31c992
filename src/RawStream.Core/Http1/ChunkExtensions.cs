namespace RawStream.Http1;

// What may follow a chunk size on its line (RFC 9112 §7.1.1):
//
//   chunk-ext      = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
//   chunk-ext-name = token
//   chunk-ext-val  = token / quoted-string
//
//   5;signature="a b";last

/// <summary>Checks chunk extensions. None is understood, so all valid ones are ignored, as the RFC asks.</summary>
internal static class ChunkExtensions
{
    public static bool AreValid(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            text = SkipBws(text);
            if (!Skip(ref text, (byte)';')) return false;
            text = SkipBws(text);
            if (!SkipToken(ref text)) return false;
            var afterName = SkipBws(text);
            if (!Skip(ref afterName, (byte)'=')) continue;
            text = SkipBws(afterName);
            if (!SkipToken(ref text) && !SkipQuotedString(ref text)) return false;
        }
        return true;
    }

    private static ReadOnlySpan<byte> SkipBws(ReadOnlySpan<byte> text) => text.TrimStart(" \t"u8);

    private static bool Skip(ref ReadOnlySpan<byte> text, byte expected)
    {
        if (text.IsEmpty || text[0] != expected) return false;
        text = text[1..];
        return true;
    }

    private static bool SkipToken(ref ReadOnlySpan<byte> text)
    {
        var length = text.IndexOfAnyExcept(Grammar.TokenBytes);
        if (length < 0) length = text.Length;
        text = text[length..];
        return length > 0;
    }

    /// <summary><c>DQUOTE *( qdtext / "\" any ) DQUOTE</c>; the caller has excluded control characters.</summary>
    private static bool SkipQuotedString(ref ReadOnlySpan<byte> text)
    {
        if (!Skip(ref text, (byte)'"')) return false;
        while (!text.IsEmpty)
        {
            var b = text[0];
            text = text[1..];
            if (b == '"') return true;
            if (b == '\\' && !text.IsEmpty) text = text[1..];
        }
        return false;
    }
}
