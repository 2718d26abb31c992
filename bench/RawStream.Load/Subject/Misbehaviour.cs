namespace RawStream.Load.Subject;

/// <summary>Handlers as they should not be. None of them is to hurt anybody but its own client.</summary>
internal static class Misbehaviour
{
    private static readonly TimeSpan Block = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan NeverMind = TimeSpan.FromSeconds(2);
    private static readonly byte[] Chunk = new byte[16 * 1024];

    public static void Map(HttpServer server) => server
        .Map("GET /throw", Throw)
        .Map("GET /throw-late", ThrowLateAsync)
        .Map("GET /block", BlockThread)
        .Map("GET /deaf", DeafAsync)
        .Map("GET /endless", EndlessAsync)
        .Map("GET /too-much", TooMuchAsync)
        .Map("GET /too-little", TooLittleAsync);

    /// <summary>Whether a log line is about a Content-Length that a handler here has not kept, or about the one that blocks.</summary>
    public static bool IsExpected(string line) =>
        line.Contains(" /too-", StringComparison.Ordinal) || line.Contains(" /block", StringComparison.Ordinal);

    private static ValueTask Throw(Request request, ResponseWriter response) => throw new DeliberateException();

    private static async ValueTask ThrowLateAsync(Request request, ResponseWriter response)
    {
        await response.WriteAsync("so far, so good\n");
        throw new DeliberateException();
    }

    private static ValueTask BlockThread(Request request, ResponseWriter response)
    {
        Thread.Sleep(Block);
        return response.WriteAsync("done\n");
    }

    /// <summary>Does not heed that its client has left, for a while.</summary>
    private static async ValueTask DeafAsync(Request request, ResponseWriter response)
    {
        await response.FlushAsync();
        await Task.Delay(NeverMind, CancellationToken.None);
    }

    private static async ValueTask EndlessAsync(Request request, ResponseWriter response)
    {
        while (true) await response.WriteAsync(Chunk);
    }

    private static async ValueTask TooMuchAsync(Request request, ResponseWriter response)
    {
        response.Headers["Content-Length"] = "5";
        await response.WriteAsync("five!");
        await response.WriteAsync("six");
    }

    private static async ValueTask TooLittleAsync(Request request, ResponseWriter response)
    {
        response.Headers["Content-Length"] = "1000";
        await response.WriteAsync("five!");
    }
}

/// <summary>A failure that is asked for.</summary>
internal sealed class DeliberateException() : Exception("This handler is there to fail.");
