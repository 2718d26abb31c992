using System.Globalization;
using System.Text;
using RawStream.Load.Subject;
using RawStream.Load.Trial;

namespace RawStream.Load.Soak.Workers;

/// <summary>Request bodies, with Content-Length and chunked, which come back while they are sent. Each byte is compared.</summary>
internal static class Bodies
{
    private const int MostBytes = 400_000;
    private const int LargestPiece = 30_000;
    private const int LargestUnread = 60_000; // Of what the server reads to keep the connection.

    public static async Task SessionAsync(Shift shift, bool isSecure)
    {
        using var link = await shift.OpenAsync(isSecure);
        for (var left = shift.Random.Next(1, 20); left > 0 && !shift.IsOver; left--)
        {
            var (seed, size) = (shift.Random.Next(), shift.Random.Next(shift.Random.Next(1, MostBytes)));
            var sending = shift.Random.Next(2) == 0 ? SendWithLengthAsync(link, "/echo", seed, size) : SendChunkedAsync(link, seed, size, shift.Random);
            await link.ReadHeadAsync(200);
            await Requests.ExpectPatternAsync(link, seed, size);
            await sending;
            shift.Count(link);
        }
    }

    /// <summary>A body that the handler does not look at is no part of the next request.</summary>
    public static async Task UnreadAsync(Shift shift)
    {
        using var link = await shift.OpenAsync();
        for (var left = shift.Random.Next(1, 20); left > 0 && !shift.IsOver; left--)
        {
            var sending = SendWithLengthAsync(link, "/noread", shift.Random.Next(), shift.Random.Next(LargestUnread));
            await Requests.ExpectGreetingAsync(link);
            await sending;
            shift.Count(link);
        }
    }

    private static async Task SendWithLengthAsync(Link link, string target, int seed, int size)
    {
        await link.SendAsync($"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size.ToString(CultureInfo.InvariantCulture)}\r\n\r\n");
        for (var sent = 0; sent < size;)
        {
            var piece = Pattern.At(seed, sent, size - sent);
            await link.SendAsync(piece);
            sent += piece.Length;
        }
    }

    /// <summary>With chunk extensions and trailers, which mean nothing here.</summary>
    private static async Task SendChunkedAsync(Link link, int seed, int size, Random random)
    {
        await link.SendAsync("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (var sent = 0; sent < size;)
        {
            var piece = Pattern.At(seed, sent, Math.Min(size - sent, random.Next(1, LargestPiece)));
            var extension = random.Next(4) == 0 ? ";a=b" : "";
            await link.SendAsync((byte[])[.. Encoding.ASCII.GetBytes($"{piece.Length:x}{extension}\r\n"), .. piece.Span, .. "\r\n"u8]);
            sent += piece.Length;
        }
        await link.SendAsync(random.Next(4) == 0 ? "0\r\nX-Trailer: 1\r\n\r\n" : "0\r\n\r\n");
    }
}
