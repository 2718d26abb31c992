using System.Net;
using System.Net.Sockets;
using RawStream.Tests.Support;

namespace RawStream.Tests.Lifetime;

/// <summary>Which way a client takes to the server.</summary>
public enum Way
{
    /// <summary>The in-memory connection: handlers run within the client's write.</summary>
    Memory,

    /// <summary>A socket: handlers run on the thread pool.</summary>
    Tcp,
}

/// <summary>A server for one test, whose time stands still until it is moved. At the end it cuts what is left.</summary>
internal sealed class Site : IAsyncDisposable
{
    public Site(Handler handler, HttpTimeouts? timeouts = null, HttpLimits? limits = null, HttpTransport? transport = null)
        : this(timeouts, limits, transport) => Server.Map("/{*path}", handler);

    public Site(HttpTimeouts? timeouts = null, HttpLimits? limits = null, HttpTransport? transport = null) => Server = new HttpServer(new HttpServerOptions
    {
        Port = 0,
        Transport = transport ?? TestTransport.Value,
        Timeouts = timeouts ?? new HttpTimeouts(),
        Limits = limits ?? new HttpLimits(),
        TimeProvider = Clock,
        LoggerFactory = Log,
    });

    /// <summary>How long anything may take that should come at once.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(5);

    public HttpServer Server { get; }

    public ManualTime Clock { get; } = new();

    public TestLog Log { get; } = new();

    /// <summary>A signal whose continuations do not run within whoever gives it.</summary>
    public static TaskCompletionSource<T> Signal<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc cref="Signal{T}"/>
    public static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Peer Connect() => new(Server.Connect());

    public async Task<Peer> ConnectAsync(Way way)
    {
        if (way == Way.Memory) return Connect();
        if (Server.EndPoints.Count == 0) await Server.StartAsync();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Server.Port);
        return new Peer(new NetworkStream(socket, ownsSocket: true));
    }

    public async ValueTask DisposeAsync()
    {
        await Server.StopAsync(new CancellationToken(canceled: true)).WaitAsync(Patience);
        await Server.DisposeAsync();
        Log.Dispose();
    }
}
