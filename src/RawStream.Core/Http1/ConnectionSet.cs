namespace RawStream.Http1;

/// <summary>The connections that are open.</summary>
internal sealed class ConnectionSet
{
    private readonly Lock _gate = new();
    private readonly HashSet<Http1Connection> _connections = [];
    private TaskCompletionSource? _empty;
    private long _lastId;

    public int Count
    {
        get
        {
            lock (_gate) return _connections.Count;
        }
    }

    public long NextId() => Interlocked.Increment(ref _lastId);

    public void Add(Http1Connection connection)
    {
        lock (_gate) _connections.Add(connection);
    }

    public void Remove(Http1Connection connection)
    {
        lock (_gate)
        {
            _connections.Remove(connection);
            if (_connections.Count == 0) _empty?.TrySetResult();
        }
    }

    /// <summary>Those that are open now; what is done with them may close them.</summary>
    public Http1Connection[] Snapshot()
    {
        lock (_gate) return _connections.Count == 0 ? [] : [.. _connections];
    }

    /// <summary>Completes when none is open.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_gate)
        {
            _empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_connections.Count == 0) _empty.SetResult();
            return _empty.Task;
        }
    }
}
