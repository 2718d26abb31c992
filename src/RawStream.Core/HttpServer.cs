using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RawStream.Diagnostics;
using RawStream.Http1;
using RawStream.Routing;
using RawStream.Transport;
using RawStream.Transport.Epoll;

namespace RawStream;

/// <summary>
/// A streaming HTTP/1.1 server. Map routes, then run it:
/// <code>
/// var server = new HttpServer(8000);
/// server.Map("GET /", request => "Hello, World!");
/// await server.RunAsync();
/// </code>
/// </summary>
public sealed class HttpServer : IAsyncDisposable
{
    private readonly HttpServerOptions _options;
    private readonly Router _router = new();
    private readonly List<Func<Handler, Handler>> _middleware = [];
    private readonly Lock _gate = new();
    private readonly ConnectionSet _connections = new();
    private readonly TaskCompletionSource _stopRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cut = new();
    private Handler? _root;
    private ServerContext? _context;
    private IReadOnlyList<ListeningSocket> _listeners = [];
    private IReadOnlyList<IAsyncDisposable> _accepting = [];
    private ITransport? _transport;
    private Task<StopReport>? _stopping;

    /// <summary>A server on both loopback addresses.</summary>
    /// <param name="port">From 0, which takes a free one, to 65535.</param>
    public HttpServer(int port = 8000) : this(new HttpServerOptions { Port = port })
    {
    }

    /// <summary>A server with these options.</summary>
    public HttpServer(HttpServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        Metrics = new ServerMetrics(_connections);
    }

    /// <summary>Where it listens, once it is started.</summary>
    public IReadOnlyList<EndPoint> EndPoints => [.. _listeners.Select(listener => listener.EndPoint)];

    /// <summary>The TCP port, the real one once it is started.</summary>
    public int Port => _listeners.Select(listener => listener.EndPoint).OfType<IPEndPoint>().FirstOrDefault()?.Port ?? _options.Port;

    /// <summary>What it is doing now.</summary>
    public ServerMetrics Metrics { get; }

    /// <summary>
    /// Has a handler answer what matches the pattern: a method, or none for all of them, and a path. <c>{name}</c> matches one
    /// segment, <c>{*name}</c> at the end the rest. A literal path goes before one with braces, whatever their methods. HEAD is answered by GET's handler, OPTIONS by the server,
    /// another method with 405, another path with 404.
    /// </summary>
    /// <param name="pattern">Such as <c>GET /orders/{id}</c>: the start of a request line.</param>
    /// <param name="handler">Writes the response.</param>
    /// <exception cref="ArgumentException">The pattern is malformed, or mapped already.</exception>
    /// <exception cref="InvalidOperationException">The server has started.</exception>
    public HttpServer Map(string pattern, Handler handler)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(handler);
        ThrowIfStarted();
        _router.Add(RoutePattern.Parse(pattern), Guarded(handler));
        return this;
    }

    /// <param name="pattern">As for <see cref="Map(string, Handler)"/>.</param>
    /// <param name="handler">Returns the response.</param>
    /// <inheritdoc cref="Map(string, Handler)"/>
    [OverloadResolutionPriority(1)]
    public HttpServer Map(string pattern, Func<Request, Response> handler) => Map(pattern, Writing(handler));

    /// <inheritdoc cref="Map(string, Func{Request, Response})"/>
    public HttpServer Map(string pattern, Func<Request, ValueTask<Response>> handler) => Map(pattern, Writing(handler));

    /// <summary>
    /// Wraps all handlers: <c>server.Use(next => async (request, response) => { …; await next(request, response); })</c>. The first one
    /// that was added is outermost.
    /// </summary>
    /// <exception cref="InvalidOperationException">The server has started.</exception>
    public HttpServer Use(Func<Handler, Handler> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        ThrowIfStarted();
        _middleware.Add(middleware);
        return this;
    }

    /// <summary>Starts to listen; completes when clients can connect.</summary>
    /// <exception cref="SocketException">The port is in use, or the address is not one of this machine.</exception>
    /// <exception cref="ArgumentException">The host is neither "localhost", nor "*", nor an IP address.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_stopping is not null) throw new InvalidOperationException("The server has stopped. Make a new one.");
        if (_listeners.Count > 0) throw new InvalidOperationException("The server has started already.");
        var context = Context;
        var transport = _options.Transport.Create(new TransportSettings(TransportLimits, _options.TimeProvider, context.Logger));
        try
        {
            _listeners = Listeners.Bind(_options);
        }
        catch
        {
            transport.Dispose();
            throw;
        }
        _transport = transport;
        context.Heartbeat.OnBeat = transport.Beat;
        _accepting = [.. _listeners.Select(listener => transport.Accept(listener, Accept))];
        foreach (var listener in _listeners) Log.Listening(context.Logger, listener.EndPoint);
        return Task.CompletedTask;
    }

    /// <summary>Stops, with <see cref="HttpTimeouts.Drain"/> as the drain time.</summary>
    /// <inheritdoc cref="StopAsync(TimeSpan, CancellationToken)"/>
    public Task<StopReport> StopAsync(CancellationToken cancellationToken = default) => StopAsync(_options.Timeouts.Drain, cancellationToken);

    /// <summary>
    /// Stops: accepts no more, closes idle connections, and brings each response to its end by its <see cref="StopPolicy"/>. After the drain time
    /// <see cref="Request.Aborted"/> tells the handlers that are left to end; after <see cref="HttpTimeouts.AbortGrace"/> their connections are cut. The port is free at once.
    /// </summary>
    /// <param name="drain">How long handlers may take to finish by themselves, from zero to 24 days; of several calls the first one counts. <see cref="Timeout.InfiniteTimeSpan"/> waits for all.</param>
    /// <param name="cancellationToken">Cuts all connections at once.</param>
    /// <returns>What became of the responses that were under way.</returns>
    public Task<StopReport> StopAsync(TimeSpan drain, CancellationToken cancellationToken = default)
    {
        if (drain != Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThan(drain, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(drain, TimeSpan.FromMilliseconds(int.MaxValue));
        _stopRequested.TrySetResult();
        cancellationToken.UnsafeRegister(static cut => ((CancellationTokenSource)cut!).Cancel(), _cut);
        lock (_gate) return _stopping ??= Task.Factory.StartNew(() => DrainAsync(drain), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
    }

    /// <summary>Starts, runs until the token fires or the process gets SIGINT or SIGTERM, then stops. A second signal cuts all connections.</summary>
    /// <inheritdoc cref="StartAsync" path="/exception"/>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            if (!_stopRequested.TrySetResult()) _cut.Cancel();
            else if (_accepting.Count > 0) _ = StopAsync(CancellationToken.None); // Now, and not when the thread pool comes to it.
        }
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var registration = cancellationToken.UnsafeRegister(_ => _stopRequested.TrySetResult(), null);
        if (_listeners.Count == 0) await StartAsync(cancellationToken).ConfigureAwait(false);
        await _stopRequested.Task.ConfigureAwait(false);
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>
    /// An in-memory connection to this server, for tests and benchmarks: what is written is a request, what is read the response. It needs no
    /// port and no <see cref="StartAsync"/>.
    /// </summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "The caller disposes of the client's end, and with it of the connection.")]
    public Stream Connect()
    {
        var connection = new MemoryConnection(TransportLimits);
        connection.Inline(_ => Serve(connection));
        return connection.Client;
    }

    /// <summary>Serves a connection that no listener has accepted, as far as it goes without waiting.</summary>
    internal void Serve(Connection connection)
    {
        connection.Trace = NextTrace(out var id);
        Context.Open(connection, id).Start();
    }

    /// <summary>Stops, as <see cref="StopAsync(CancellationToken)"/> does.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _context?.Heartbeat.Dispose();
    }

    /// <summary>Runs a server whose every request one handler answers: see <see cref="RunAsync"/>.</summary>
    /// <param name="port">From 0 to 65535, on both loopback addresses.</param>
    /// <param name="handler">Returns the response.</param>
    /// <param name="cancellationToken">Stops the server.</param>
    [OverloadResolutionPriority(1)]
    public static Task ServeAsync(int port, Func<Request, Response> handler, CancellationToken cancellationToken = default) =>
        ServeAsync(new HttpServerOptions { Port = port }, Writing(handler), cancellationToken);

    /// <inheritdoc cref="ServeAsync(int, Func{Request, Response}, CancellationToken)"/>
    public static Task ServeAsync(int port, Func<Request, ValueTask<Response>> handler, CancellationToken cancellationToken = default) =>
        ServeAsync(new HttpServerOptions { Port = port }, Writing(handler), cancellationToken);

    /// <param name="port">From 0 to 65535, on both loopback addresses.</param>
    /// <param name="handler">Writes the response.</param>
    /// <param name="cancellationToken">Stops the server.</param>
    /// <inheritdoc cref="ServeAsync(int, Func{Request, Response}, CancellationToken)"/>
    public static Task ServeAsync(int port, Handler handler, CancellationToken cancellationToken = default) =>
        ServeAsync(new HttpServerOptions { Port = port }, handler, cancellationToken);

    /// <param name="options">How the server is set up.</param>
    /// <param name="handler">Returns the response.</param>
    /// <param name="cancellationToken">Stops the server.</param>
    /// <inheritdoc cref="ServeAsync(int, Func{Request, Response}, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public static Task ServeAsync(HttpServerOptions options, Func<Request, Response> handler, CancellationToken cancellationToken = default) =>
        ServeAsync(options, Writing(handler), cancellationToken);

    /// <inheritdoc cref="ServeAsync(HttpServerOptions, Func{Request, Response}, CancellationToken)"/>
    public static Task ServeAsync(HttpServerOptions options, Func<Request, ValueTask<Response>> handler, CancellationToken cancellationToken = default) =>
        ServeAsync(options, Writing(handler), cancellationToken);

    /// <param name="options">How the server is set up.</param>
    /// <param name="handler">Writes the response.</param>
    /// <param name="cancellationToken">Stops the server.</param>
    /// <inheritdoc cref="ServeAsync(int, Func{Request, Response}, CancellationToken)"/>
    public static async Task ServeAsync(HttpServerOptions options, Handler handler, CancellationToken cancellationToken = default)
    {
        await using var server = new HttpServer(options) { _root = handler };
        await server.RunAsync(cancellationToken);
    }

    /// <summary>The methods that the path of a request answers to, as in Allow; "*" for all of them; null where no route matches.</summary>
    internal string? AllowedMethods(Request request) => _router.AllowedMethods(request);

    private TransportLimits TransportLimits => new(_options.Limits.ReadAheadBytes, _options.Limits.ResponseBufferBytes);

    /// <summary>Made on first use; from then on routes and middleware are fixed.</summary>
    private ServerContext Context
    {
        get
        {
            lock (_gate)
            {
                if (_context is not null) return _context;
                var handler = _root is null ? _router.Build() : Guarded(_root);
                for (var i = _middleware.Count - 1; i >= 0; i--) handler = _middleware[i](handler);
                _context = new ServerContext(_options, handler, _connections, Metrics);
                return _context;
            }
        }
    }

    /// <summary>Where handlers run on event loops, one that blocks is not to hold those up.</summary>
    private Handler Guarded(Handler handler) =>
        _options.Transport == HttpTransport.Epoll ? new LoopGuard(handler, _options.TimeProvider, Starvation.OfThisThread, _options.CreateLogger()).HandleAsync : handler;

    private static Handler Writing(Func<Request, Response> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return (request, response) => NotNull(handler(request)).WriteAsync(request, response);
    }

    private static Handler Writing(Func<Request, ValueTask<Response>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return async (request, response) => await NotNull(await handler(request)).WriteAsync(request, response);
    }

    private static Response NotNull(Response? response) => response ?? throw new InvalidOperationException("The handler has returned null and not a response.");

    private void Accept(Connection connection, bool descriptorsRunOut)
    {
        var context = Context;
        if (!context.Admission.TryEnter(connection, descriptorsRunOut)) return;
        if (_options.Https is { } https) connection = https.Secure(connection, TransportLimits, context.Logger);
        connection.Trace = NextTrace(out var id);
        connection.Queue(context.Open(connection, id));
    }

    private WireTrace? NextTrace(out long id)
    {
        id = Context.Connections.NextId();
        return _options.Trace is null ? null : new WireTrace(id, _options.Trace);
    }

    /// <summary>It begins on a thread of its own: streams that keep the thread pool busy would let nothing else have its turn there, and are stopped first.</summary>
    private async Task<StopReport> DrainAsync(TimeSpan drain)
    {
        var began = _options.TimeProvider.GetTimestamp();
        var closing = _accepting.Select(accepting => accepting.DisposeAsync().AsTask()).ToArray();
        foreach (var connection in _connections.Snapshot()) connection.Stop();
        await Task.WhenAll(closing);
        var empty = _connections.WhenEmptyAsync();
        Interlocked.MemoryBarrierProcessWide(); // Who went idle in the same instant has seen that the server stops, or is seen to be idle; no request pays for that.
        foreach (var connection in _connections.Snapshot()) connection.Stop(); // Those that were accepted meanwhile, too.
        if (!await CompletesAsync(empty, drain))
        {
            foreach (var connection in _connections.Snapshot()) connection.StopHandler();
            await CompletesAsync(empty, _options.Timeouts.AbortGrace);
        }
        foreach (var connection in _connections.Snapshot()) connection.StopByForce();
        _transport?.Dispose(); // It ends with the last connection.
        var report = Context.Stops.Report(_options.TimeProvider.GetElapsedTime(began));
        if (report.Cut == 0) Log.Stopped(Context.Logger, (long)report.Elapsed.TotalMilliseconds, report.Finished, report.Ended, report.Aborted);
        else Log.StoppedByForce(Context.Logger, (long)report.Elapsed.TotalMilliseconds, report.Finished, report.Ended, report.Aborted, report.Cut);
        return report;
    }

    private async Task<bool> CompletesAsync(Task task, TimeSpan timeout)
    {
        try
        {
            await task.WaitAsync(timeout, _options.TimeProvider, _cut.Token);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    private void ThrowIfStarted()
    {
        if (_context is not null) throw new InvalidOperationException("The server has started; map routes and add middleware before.");
    }
}
