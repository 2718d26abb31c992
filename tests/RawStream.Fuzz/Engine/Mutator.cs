using System.Globalization;
using System.Text;

namespace RawStream.Fuzz.Engine;

/// <summary>Makes an input out of others: of bits, bytes, lines, numbers and words.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> tokens)
{
    private const int MutationsMax = 5;
    private const int WordsMax = 24;
    private const int LengthMax = 6000;
    private const int RunMax = 1200;

    private static readonly string[] Numbers =
    [
        "0", "1", "2", "4", "5", "7", "8", "9", "a", "F", "10", "15", "16", "17", "20", "ff", "100", "255", "256", "511", "512", "513", "1000", "1024", "4095", "4096", "65535",
        "65536", "2147483647", "4294967295",
        "4294967296", "9223372036854775807", "18446744073709551615", "7fffffffffffffff", "ffffffffffffffff", "10000000000000000", "-1", "+1", "00", "0x1", "1.", " 1", "1 ", "",
    ];

    /// <summary>Mostly one of the pool, changed; sometimes nothing but words, or noise.</summary>
    public byte[] Next(IReadOnlyList<byte[]> pool)
    {
        var kind = random.Next(100);
        if (kind < 2) return Noise();
        if (kind < 10) return Words();
        var bytes = new List<byte>(Pick(pool));
        for (var left = random.Next(1, MutationsMax + 1); left > 0; left--) Mutate(bytes, pool);
        if (bytes.Count > LengthMax) bytes.RemoveRange(LengthMax, bytes.Count - LengthMax);
        return [.. bytes];
    }

    private byte[] Noise()
    {
        var bytes = new byte[random.Next(200)];
        random.NextBytes(bytes);
        return bytes;
    }

    private byte[] Words() => [.. Enumerable.Range(0, random.Next(1, WordsMax)).SelectMany(_ => Pick(tokens))];

    private void Mutate(List<byte> bytes, IReadOnlyList<byte[]> pool)
    {
        var at = random.Next(bytes.Count + 1);
        var length = Math.Min(random.Next(1, random.Next(4) == 0 ? 200 : 12), bytes.Count - at);
        switch (random.Next(15))
        {
            case 0 when length > 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when length > 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.Insert(at, (byte)random.Next(256));
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 5 or 6 or 7:
                bytes.InsertRange(at, Pick(tokens));
                break;
            case 8: // A word instead of what is there.
                bytes.RemoveRange(at, length);
                bytes.InsertRange(at, Pick(tokens));
                break;
            case 9:
                Splice(bytes, at, Pick(pool));
                break;
            case 10 or 11:
                ChangeNumber(bytes, at);
                break;
            case 12:
                ChangeLine(bytes, at);
                break;
            case 13 when random.Next(8) == 0 && length > 0: // So many that a limit is crossed.
                var run = bytes.GetRange(at, length);
                for (var times = random.Next(1, Math.Max(RunMax / length, 2)); times > 0; times--) bytes.InsertRange(at, run);
                break;
            case 14 when random.Next(4) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            default:
                bytes.InsertRange(at, Pick(tokens));
                break;
        }
    }

    /// <summary>What stands before here, and the end of another one.</summary>
    private void Splice(List<byte> bytes, int at, byte[] other)
    {
        bytes.RemoveRange(at, bytes.Count - at);
        bytes.AddRange(other.AsSpan(random.Next(other.Length + 1)));
    }

    /// <summary>The next number from here on: lengths and chunk sizes, nearly right or very wrong.</summary>
    private void ChangeNumber(List<byte> bytes, int at)
    {
        while (at < bytes.Count && !IsDigit(bytes[at])) at++;
        var end = at;
        while (end < bytes.Count && IsDigit(bytes[end])) end++;
        if (at == bytes.Count) return;
        var text = Encoding.ASCII.GetString([.. bytes.GetRange(at, end - at)]);
        var isNumber = long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number);
        var changed = isNumber && random.Next(2) == 0 ? Math.Max(number + random.Next(-2, 3), 0).ToString("x", CultureInfo.InvariantCulture) : Pick(Numbers);
        bytes.RemoveRange(at, end - at);
        bytes.InsertRange(at, Encoding.ASCII.GetBytes(changed));
    }

    private static bool IsDigit(byte b) => char.IsAsciiHexDigit((char)b);

    /// <summary>The line from here on: twice, not at all, or further on.</summary>
    private void ChangeLine(List<byte> bytes, int at)
    {
        var start = at == 0 ? 0 : bytes.LastIndexOf((byte)'\n', Math.Min(at, bytes.Count) - 1) + 1;
        var end = bytes.IndexOf((byte)'\n', start) + 1;
        if (end == 0) return;
        var line = bytes.GetRange(start, end - start);
        var how = random.Next(3);
        if (how > 0) bytes.RemoveRange(start, line.Count);
        if (how != 1) bytes.InsertRange(how == 0 ? start : random.Next(bytes.Count + 1), line);
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
