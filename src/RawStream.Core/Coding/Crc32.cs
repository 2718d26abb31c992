namespace RawStream.Coding;

/// <summary>The checksum of gzip (RFC 1952 §8), bytes and whole checksums put together: the checksum of what everybody gets is computed once.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320; // Its lowest bit is the highest power of x.
    private const uint One = 0x80000000;

    private static readonly uint[] Table = MakeTable();
    private static readonly uint[] Powers = MakePowers();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = ~0u;
        foreach (var b in bytes) crc = Table[(byte)crc ^ b] ^ (crc >> 8);
        return ~crc;
    }

    /// <summary>The checksum of something with <paramref name="length"/> zero bits of checksum behind it: <c>Of(a + b) = Shift(Of(a), b.Length) ^ Of(b)</c>.</summary>
    public static uint Shift(uint crc, long length)
    {
        for (var bit = 3; length != 0; bit++, length >>= 1) // A byte is eight bits.
            if ((length & 1) != 0) crc = Multiply(Powers[bit & 31], crc);
        return crc;
    }

    /// <summary>The product of two polynomials modulo that of the checksum.</summary>
    private static uint Multiply(uint a, uint b)
    {
        var product = 0u;
        for (; a != 0; a <<= 1)
        {
            if ((a & One) != 0) product ^= b;
            b = (b & 1) != 0 ? (b >> 1) ^ Polynomial : b >> 1;
        }
        return product;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            table[i] = i;
            for (var bit = 0; bit < 8; bit++) table[i] = (table[i] & 1) != 0 ? (table[i] >> 1) ^ Polynomial : table[i] >> 1;
        }
        return table;
    }

    /// <summary>x to the power of 1, 2, 4, 8 …; it comes back to the first after 32 of them.</summary>
    private static uint[] MakePowers()
    {
        var powers = new uint[32];
        powers[0] = One >> 1;
        for (var i = 1; i < powers.Length; i++) powers[i] = Multiply(powers[i - 1], powers[i - 1]);
        return powers;
    }
}
