namespace RawStream.Http1;

/// <summary>The connections that are open. Each knows its place, and whoever is last takes the place of one that leaves.</summary>
internal sealed class ConnectionSet
{
    private const int Fewest = 16;

    private readonly Lock _gate = new();
    private Http1Connection?[] _places = new Http1Connection?[Fewest];
    private int _count;
    private TaskCompletionSource? _empty;
    private long _lastId;

    public int Count => Volatile.Read(ref _count);

    public long NextId() => Interlocked.Increment(ref _lastId);

    public void Add(Http1Connection connection)
    {
        lock (_gate)
        {
            if (_count == _places.Length) Array.Resize(ref _places, _count * 2);
            connection.Place = _count;
            _places[_count++] = connection;
        }
    }

    public void Remove(Http1Connection connection)
    {
        lock (_gate)
        {
            var last = _places[--_count]!;
            last.Place = connection.Place;
            _places[last.Place] = last;
            _places[_count] = null;
            if (_count < _places.Length / 4 && _count >= Fewest) Array.Resize(ref _places, _places.Length / 2);
            if (_count == 0) _empty?.TrySetResult();
        }
    }

    /// <summary>
    /// Has each connection look at its deadlines, without a list of them being made. From the last place to the first: who moves to a place
    /// in front has been visited.
    /// </summary>
    public void CheckDeadlines(long now)
    {
        for (var place = Count - 1; place >= 0; place--) At(place)?.CheckDeadlines(now);
    }

    /// <summary>Those that are open now; what is done with them may close them.</summary>
    public Http1Connection[] Snapshot()
    {
        lock (_gate) return _places.AsSpan(0, _count).ToArray()!;
    }

    /// <summary>Completes when none is open.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_gate)
        {
            _empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_count == 0) _empty.SetResult();
            return _empty.Task;
        }
    }

    private Http1Connection? At(int place)
    {
        lock (_gate) return place < _count ? _places[place] : null;
    }
}
