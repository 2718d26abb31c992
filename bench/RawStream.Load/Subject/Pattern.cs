namespace RawStream.Load.Subject;

/// <summary>
/// Content of which each byte is known: the server sends it, and a client compares. It follows from a seed and the position, so neither end keeps any of it.
/// Two streams, or two places of one, differ at once, and a byte that is lost, doubled, or of another stream shows.
/// </summary>
/// <remarks>A table of random letters, read from a start that depends on the seed and on which 64 KiB of the content it is.</remarks>
internal static class Pattern
{
    private const int Period = 64 * 1024;
    private const int SeedStep = 40503;
    private const int BlockStep = 7919;

    private static readonly byte[] Letters = CreateLetters();

    /// <summary>The content from a position on: as much as is asked for, or less, up to the next 64 KiB.</summary>
    public static ReadOnlyMemory<byte> At(int seed, long position, int most)
    {
        var start = (int)((seed * (long)SeedStep + position / Period * BlockStep) % Period);
        var offset = (int)(position % Period);
        return Letters.AsMemory(start + offset, Math.Min(most, Period - offset));
    }

    public static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        for (var done = 0; done < length;)
        {
            var piece = At(seed, done, length - done);
            piece.CopyTo(bytes.AsMemory(done));
            done += piece.Length;
        }
        return bytes;
    }

    /// <summary>Whether these bytes are the content from there on.</summary>
    public static bool Matches(int seed, long position, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var piece = At(seed, position, bytes.Length).Span;
            if (!bytes.StartsWith(piece)) return false;
            position += piece.Length;
            bytes = bytes[piece.Length..];
        }
        return true;
    }

    /// <summary>Twice the period, so that it can be read from anywhere. Few letters, so that it can be compressed.</summary>
    private static byte[] CreateLetters()
    {
        var once = new byte[Period];
        new Random(1).GetItems("abcdefghijklmnop"u8, once);
        return [.. once, .. once];
    }
}
