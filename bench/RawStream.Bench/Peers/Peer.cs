namespace RawStream.Bench.Peers;

/// <summary>
/// A server under test, on the loopback. It serves <c>/plaintext</c> and <c>/stream?chunks=N&amp;size=S</c>, or it fans out:
/// <c>GET /sse</c>, <c>POST /publish?n=K&amp;size=S</c>, <c>GET /count</c>, or both.
/// </summary>
internal interface IPeer : IAsyncDisposable
{
    int Port { get; }
}

/// <summary>The peers by name. One name is one server and one way of writing the endpoint that is measured.</summary>
internal static class Peer
{
    public const string RawStream = "rawstream";
    public const string RawStreamFlush = "rawstream-flush";
    public const string KestrelFlush = "kestrel-flush";
    public const string KestrelWrite = "kestrel-write";
    public const string KestrelBody = "kestrel-body";
    public const string HttpListener = "httplistener";
    public const string Canned = "canned";

    public const string KestrelEvent = "kestrel-event";
    public const string KestrelDrain = "kestrel-drain";
    public const string KestrelFramed = "kestrel-framed";

    public static readonly string[] Names =
        [RawStream, RawStreamFlush, KestrelFlush, KestrelWrite, KestrelBody, HttpListener, Canned];

    /// <summary>Those that fan out.</summary>
    public static readonly string[] FanOutNames = [RawStream, KestrelEvent, KestrelDrain, KestrelFramed];

    /// <summary>Starts a peer. Port 0 picks a free one.</summary>
    public static async Task<IPeer> StartAsync(string name, int port = 0) => name switch
    {
        RawStream => await RawStreamPeer.StartAsync(RawStreamPeer.WriteAsync, port),
        RawStreamFlush => await RawStreamPeer.StartAsync(RawStreamPeer.FlushAsync, port),
        KestrelFlush => await KestrelPeer.StartAsync(KestrelPeer.FlushAsync, port),
        KestrelWrite => await KestrelPeer.StartAsync(KestrelPeer.WriteAsync, port),
        KestrelBody => await KestrelPeer.StartAsync(KestrelPeer.WriteBodyAsync, port),
        KestrelEvent => await KestrelPeer.StartAsync(KestrelFanOut.Event, port),
        KestrelDrain => await KestrelPeer.StartAsync(KestrelFanOut.Drain, port),
        KestrelFramed => await KestrelPeer.StartAsync(KestrelFanOut.Framed, port),
        HttpListener => HttpListenerPeer.Start(port),
        Canned => CannedPeer.Start(port),
        _ => throw new ArgumentException($"There is no peer '{name}'; there are {string.Join(", ", Names.Union(FanOutNames))}."),
    };
}
