using System.Globalization;
using System.Text.Unicode;

namespace RawStream.Load.Subject;

/// <summary>What the clients of <c>soak</c> and <c>churn</c> ask for, with content from <see cref="Pattern"/>.</summary>
internal static class SubjectRoutes
{
    public const string Greeting = "Hello, World!";

    public const int LargestBody = 256 * 1024;
    public const int MostChunks = 1_000_000;
    public const int LargestChunk = 64 * 1024;
    private const int LargestMessage = 1024 * 1024;
    private const int LongestTick = 32;
    private const int LongestPeriod = 10_000;

    private static readonly Response Plaintext = Response.Text(Greeting, contentType: "text/plain");

    private static readonly Response WebSocketEcho = Response.WebSocket(
        async socket =>
        {
            await foreach (var message in socket.ReadAllAsync()) await socket.SendAsync(message);
        },
        new WebSocketOptions { MaxMessageSize = LargestMessage, Compression = WebSocketCompression.PerMessage });

    public static void Map(HttpServer server) => server
        .Map("GET /plaintext", _ => Plaintext)
        .Map("GET /pattern", request => Response.Bytes(Pattern.Bytes(Number(request, "seed"), Number(request, "size", LargestBody))))
        .Map("POST /echo", EchoAsync)
        .Map("POST /noread", _ => Plaintext)
        .Map("GET /stream", StreamAsync)
        .Map("GET /tick", TickAsync)
        .Map("GET /ws", _ => WebSocketEcho);

    public static int Number(Request request, string name, int most = int.MaxValue) =>
        int.TryParse(request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most
            ? number
            : throw new BadRequestException($"{name} must be a whole number up to {most}.");

    /// <summary>Full duplex: what has arrived goes back before the rest has come.</summary>
    private static async ValueTask EchoAsync(Request request, ResponseWriter response)
    {
        response.Headers["Content-Type"] = "application/octet-stream";
        while (true)
        {
            var read = await request.Body.ReadAsync();
            foreach (var piece in read.Buffer)
                if (!piece.IsEmpty) await response.WriteAsync(piece);
            request.Body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }

    /// <summary>So many chunks of that size, each flushed by itself.</summary>
    private static async ValueTask StreamAsync(Request request, ResponseWriter response)
    {
        var (chunks, size, seed) = (Number(request, "chunks", MostChunks), Number(request, "size", LargestChunk), Number(request, "seed"));
        response.Headers["Content-Type"] = "text/plain";
        for (var sent = 0L; chunks > 0; chunks--)
        {
            for (var left = size; left > 0;)
            {
                var piece = Pattern.At(seed, sent, left).Span;
                piece.CopyTo(response.Body.GetSpan(piece.Length));
                response.Body.Advance(piece.Length);
                sent += piece.Length;
                left -= piece.Length;
            }
            await response.FlushAsync();
        }
    }

    /// <summary>Numbers from 0, each a line and a chunk.</summary>
    private static async ValueTask TickAsync(Request request, ResponseWriter response)
    {
        var period = TimeSpan.FromMilliseconds(Number(request, "ms", LongestPeriod));
        response.Headers["Content-Type"] = "text/plain";
        await response.FlushAsync();
        var tick = 0;
        await foreach (var _ in request.Every(period))
        {
            Utf8.TryWrite(response.Body.GetSpan(LongestTick), CultureInfo.InvariantCulture, $"tick {tick++}\n", out var length);
            response.Body.Advance(length);
            await response.FlushAsync();
        }
    }
}
