using System.Globalization;
using System.IO.Compression;
using RawStream.Load.Subject;
using RawStream.Load.Trial;

namespace RawStream.Load.Soak.Workers;

/// <summary>Streams whose every byte is compared, and whose chunks are counted: each write of the server is one.</summary>
internal static class Streams
{
    private const int MostBytes = 4_000_000;
    private const int SlowSize = 30_000;
    private const int SlowPiece = 1000;

    private static readonly TimeSpan SlowPause = TimeSpan.FromMilliseconds(20);

    public static async Task SessionAsync(Shift shift, bool isSecure)
    {
        using var link = await shift.OpenAsync(isSecure);
        for (var left = shift.Random.Next(1, 10); left > 0 && !shift.IsOver; left--)
        {
            var (chunks, size, seed) = Choose(shift.Random);
            await link.SendAsync(Requests.Get(Target(chunks, size, seed)));
            await link.ReadHeadAsync(200);
            await Requests.ExpectPatternAsync(link, seed, (long)chunks * size);
            if (link.Chunks != chunks) throw new InvalidDataException("chunks are not writes");
            shift.Count(link);
        }
    }

    /// <summary>Gzip and Brotli, decoded as it comes.</summary>
    public static async Task CompressedAsync(Shift shift)
    {
        using var link = await shift.OpenAsync();
        for (var left = shift.Random.Next(1, 5); left > 0 && !shift.IsOver; left--)
        {
            var coding = shift.Random.Next(2) == 0 ? "gzip" : "br";
            var (chunks, size, seed) = Choose(shift.Random);
            chunks = Math.Min(chunks, 500);
            await link.SendAsync(Requests.Get(Target(chunks, size, seed), $"Accept-Encoding: {coding}\r\n"));
            var head = await link.ReadHeadAsync(200);
            if (!head.Contains($"\r\nContent-Encoding: {coding}\r\n", StringComparison.OrdinalIgnoreCase)) throw new InvalidDataException($"no {coding}");
            await CompareAsync(Decode(new BodyStream(link), coding), seed, (long)chunks * size);
            if (await link.ReadAsync(new byte[1]) > 0 || !link.IsWhole) throw new InvalidDataException("bytes behind the end of the coding");
            shift.Count(link);
        }
    }

    /// <summary>A client that takes little at a time, and yet all.</summary>
    public static async Task SlowAsync(Shift shift)
    {
        using var link = await shift.OpenAsync(receiveBuffer: 4096);
        var seed = shift.Random.Next();
        await link.SendAsync(Requests.Get(Target(SlowSize / SlowPiece * 4, SlowPiece, seed)));
        await link.ReadHeadAsync(200);
        var piece = new byte[SlowPiece];
        while (await link.ReadAsync(piece) is var read && read > 0)
        {
            if (!Pattern.Matches(seed, link.Bytes - read, piece.AsSpan(0, read))) throw new InvalidDataException("wrong bytes");
            await shift.RestAsync(SlowPause);
        }
        if (link.Bytes != SlowSize * 4) throw new InvalidDataException("a wrong length");
        shift.Count(link);
    }

    public static string Target(int chunks, int size, int seed) =>
        string.Create(CultureInfo.InvariantCulture, $"/stream?chunks={chunks}&size={size}&seed={seed}");

    public static Stream Decode(Stream body, string coding) => coding == "gzip"
        ? new GZipStream(body, CompressionMode.Decompress)
        : new BrotliStream(body, CompressionMode.Decompress);

    private static (int Chunks, int Size, int Seed) Choose(Random random)
    {
        var size = 1 << random.Next(0, 16);
        size += random.Next(size);
        size = Math.Min(size, SubjectRoutes.LargestChunk);
        return (random.Next(1, Math.Clamp(MostBytes / size, 2, 5000)), size, random.Next());
    }

    private static async Task CompareAsync(Stream decoded, int seed, long size)
    {
        var piece = new byte[16 * 1024];
        var position = 0L;
        while (await decoded.ReadAsync(piece) is var read && read > 0)
        {
            if (!Pattern.Matches(seed, position, piece.AsSpan(0, read))) throw new InvalidDataException("wrong bytes");
            position += read;
        }
        if (position != size) throw new InvalidDataException("a wrong length");
    }
}
