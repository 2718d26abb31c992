using Microsoft.Extensions.Logging;
using RawStream.Http1;
using RawStream.Timing;
using RawStream.Transport;

namespace RawStream;

/// <summary>What all connections of a server share.</summary>
internal sealed class ServerContext
{
    public ServerContext(HttpServerOptions options, Handler handler, ConnectionSet connections, ServerMetrics metrics)
    {
        Handler = handler;
        Limits = options.Limits;
        Timeouts = options.Timeouts;
        OnError = options.OnError;
        Logger = options.CreateLogger();
        Connections = connections;
        Metrics = metrics;
        Heartbeat = new Heartbeat(options.TimeProvider, connections);
        Date = new DateField(options.TimeProvider, Heartbeat);
        Admission = new Admission(options, connections, Heartbeat, Logger);
    }

    public Handler Handler { get; }

    /// <summary>
    /// That of whoever has started the server; null where its flow is suppressed. A handler's AsyncLocals are its own: what it leaves in the context must not reach the next request.
    /// </summary>
    public ExecutionContext? ExecutionContext { get; } = ExecutionContext.Capture();

    public HttpLimits Limits { get; }

    public HttpTimeouts Timeouts { get; }

    public Func<Request, Exception, Response?>? OnError { get; }

    public ILogger Logger { get; }

    public DateField Date { get; }

    public ConnectionSet Connections { get; }

    public Admission Admission { get; }

    public Heartbeat Heartbeat { get; }

    public ServerMetrics Metrics { get; }

    public StopTally Stops { get; } = new();

    /// <summary>A connection that is served from now on; it has yet to be started.</summary>
    public Http1Connection Open(Connection connection, long id)
    {
        Heartbeat.Wake(); // It looks at the clock.
        var serving = new Http1Connection(connection, this, id);
        Connections.Add(serving);
        Heartbeat.Wake(); // Between the two it may have gone to rest again.
        return serving;
    }
}
