namespace RawStream.Load.Subject;

/// <summary>
/// The server of <c>soak</c>, <c>churn</c> and <c>attack</c>: RawStream with its default limits and timeouts, but that the kernel keeps less for a client, on a clear port and on one with TLS, with endpoints whose content
/// is known to the byte, handlers that misbehave, and a look into its own process.
/// </summary>
internal sealed class SubjectServer : IAsyncDisposable
{
    private const int FewestWorkers = 4; // As in the sample host: a handler that blocks one leaves some for the others.

    private const int MostUnsent = 128 * 1024; // Clients that do not read are to cost little.

    private readonly LogCounter _log = new();
    private readonly SubjectEvents _events = new();
    private readonly SubjectFiles _files = new();
    private readonly HttpServer _clear;
    private readonly HttpServer _secure;

    private SubjectServer(SubjectOptions options, Func<Handler, Handler>? fault)
    {
        _clear = Create(options, https: null, fault);
        _secure = Create(options, new HttpsOptions { Certificate = ServerCertificate.SelfSigned() }, fault);
    }

    public int Port => _clear.Port;

    /// <param name="options">What it is to be like.</param>
    /// <param name="fault">A middleware that does something wrong, for tests of those who should notice.</param>
    public static async Task<SubjectServer> StartAsync(SubjectOptions options, Func<Handler, Handler>? fault = null)
    {
        var server = new SubjectServer(options, fault);
        await server._secure.StartAsync();
        await server._clear.StartAsync();
        server._events.Start();
        return server;
    }

    /// <summary>Serves until it is told to end.</summary>
    public static int Run(SubjectOptions options)
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, FewestWorkers), completions);
        var server = StartAsync(options).GetAwaiter().GetResult();
        Console.WriteLine($"Listening on http://127.0.0.1:{server.Port}");
        if (options.UntilEndOfInput) Console.In.ReadToEnd();
        else Task.Delay(Timeout.Infinite).GetAwaiter().GetResult();
        server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        await _clear.DisposeAsync();
        await _secure.DisposeAsync();
        _files.Dispose();
        _log.Dispose();
    }

    private HttpServer Create(SubjectOptions options, HttpsOptions? https, Func<Handler, Handler>? fault)
    {
        var server = new HttpServer(new HttpServerOptions
        {
            Port = 0,
            Host = "127.0.0.1",
            Https = https,
            Transport = options.Transport,
            Limits = new HttpLimits { Connections = options.Connections, UnsentBytes = MostUnsent },
            LoggerFactory = _log,
        });
        server.UseCompression();
        if (fault is not null) server.Use(fault);
        SubjectRoutes.Map(server);
        Misbehaviour.Map(server);
        _events.Map(server);
        _files.Map(server);
        server.Map("GET /vitals", ShowVitals);
        return server;
    }

    /// <summary>What cannot be seen from outside, a name and a number a line. <c>?collect=1</c> collects garbage first.</summary>
    private Response ShowVitals(Request request)
    {
        if (request.Query["collect"] == "1")
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
        }
        return $"""
            tls-port {_secure.Port}
            managed {GC.GetTotalMemory(forceFullCollection: false)}
            open {_clear.Metrics.OpenConnections + _secure.Metrics.OpenConnections}
            handlers {_clear.Metrics.RunningHandlers + _secure.Metrics.RunningHandlers}
            subscribers {_events.Subscribers}
            {_log}
            """;
    }
}
