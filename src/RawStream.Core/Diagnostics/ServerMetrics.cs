using RawStream.Http1;

namespace RawStream;

/// <summary>What a server is doing now.</summary>
public sealed class ServerMetrics
{
    private readonly ConnectionSet _connections;
    private int _runningHandlers;

    internal ServerMetrics(ConnectionSet connections) => _connections = connections;

    /// <summary>Connections that are open, whether they wait, serve, or close.</summary>
    public int OpenConnections => _connections.Count;

    /// <summary>Handlers that have begun and not ended: each open stream is one.</summary>
    public int RunningHandlers => Volatile.Read(ref _runningHandlers);

    internal void HandlerStarted() => Interlocked.Increment(ref _runningHandlers);

    internal void HandlerEnded() => Interlocked.Decrement(ref _runningHandlers);
}
