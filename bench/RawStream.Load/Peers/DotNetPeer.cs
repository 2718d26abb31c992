namespace RawStream.Load.Peers;

/// <summary>A server in this process, on the loopback.</summary>
internal interface IPeer : IAsyncDisposable
{
    int Port { get; }
}

/// <summary>The servers of .NET other than our own, by name: what <c>serve</c> runs in a process for itself, and a benchmark beside itself.</summary>
internal static class DotNetPeer
{
    public const string KestrelFlush = "kestrel-flush";
    public const string KestrelWrite = "kestrel-write";
    public const string KestrelBody = "kestrel-body";
    public const string KestrelEvent = "kestrel-event";
    public const string KestrelDrain = "kestrel-drain";
    public const string KestrelFramed = "kestrel-framed";
    public const string KestrelTls = "kestrel-tls";
    public const string HttpListener = "httplistener";

    public static readonly string[] Names =
        [KestrelFlush, KestrelWrite, KestrelBody, KestrelEvent, KestrelDrain, KestrelFramed, KestrelTls, HttpListener];

    /// <summary>Starts a peer. Port 0 picks a free one.</summary>
    public static async Task<IPeer> StartAsync(string name, int port = 0) => name switch
    {
        KestrelFlush => await KestrelPeer.StartAsync(KestrelPeer.FlushAsync, KestrelFanOut.Event, port),
        KestrelWrite => await KestrelPeer.StartAsync(KestrelPeer.WriteAsync, KestrelFanOut.Event, port),
        KestrelBody => await KestrelPeer.StartAsync(KestrelPeer.WriteBodyAsync, KestrelFanOut.Event, port),
        KestrelEvent => await KestrelPeer.StartAsync(KestrelPeer.WriteAsync, KestrelFanOut.Event, port),
        KestrelDrain => await KestrelPeer.StartAsync(KestrelPeer.WriteAsync, KestrelFanOut.Drain, port),
        KestrelFramed => await KestrelPeer.StartAsync(KestrelPeer.WriteAsync, KestrelFanOut.Framed, port),
        KestrelTls => await KestrelPeer.StartAsync(KestrelPeer.WriteAsync, KestrelFanOut.Event, port, isSecure: true),
        HttpListener => HttpListenerPeer.Start(port),
        _ => throw new ArgumentException($"there is no peer '{name}' to serve; there are {string.Join(", ", Names)}"),
    };
}
