namespace RawStream.Streaming;

/// <summary>
/// Up to 256 followers of a topic, delivered to by one thread at a time; many shards spread over the cores. It is queued once for whatever was published
/// since its last pass: delivery follows the log, and not each event.
/// </summary>
internal sealed class Shard<T> : IThreadPoolWorkItem
{
    private const int Capacity = 256;
    private const int Idle = 0, Queued = 1, Running = 2, RunningAgain = 3;

    private readonly Lock _gate = new();
    private Follower<T>?[] _followers = new Follower<T>?[4];
    private int _count;
    private int _state;
    private List<Handover>? _handovers;

    public bool HasRoom => _count < Capacity;

    public bool IsEmpty => _count == 0;

    public void Add(Follower<T> follower)
    {
        if (_count == _followers.Length)
        {
            var larger = new Follower<T>?[_followers.Length * 2];
            _followers.CopyTo(larger, 0);
            Volatile.Write(ref _followers, larger);
        }
        follower.Shard = this;
        follower.Slot = Array.IndexOf(_followers, null);
        _followers[follower.Slot] = follower;
        _count++;
    }

    public void Remove(Follower<T> follower)
    {
        _followers[follower.Slot] = null;
        _count--;
    }

    /// <summary>There is something new.</summary>
    public void Schedule()
    {
        while (true)
        {
            switch (Volatile.Read(ref _state))
            {
                case Idle:
                    if (Interlocked.CompareExchange(ref _state, Queued, Idle) != Idle) continue;
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                    return;
                case Running:
                    if (Interlocked.CompareExchange(ref _state, RunningAgain, Running) != Running) continue;
                    return;
                default:
                    return;
            }
        }
    }

    /// <summary>Schedules a pass, and reports its end.</summary>
    public void Schedule(Handover handover)
    {
        lock (_gate) (_handovers ??= []).Add(handover);
        Schedule();
    }

    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _state, Running);
        Interlocked.MemoryBarrier();
        List<Handover>? handovers;
        lock (_gate) (handovers, _handovers) = (_handovers, null);

        // What one follower was sent is mostly what the next one needs: the log is asked once.
        var shared = default(LogBatch<T>);
        foreach (var follower in Volatile.Read(ref _followers)) follower?.Subscription.Signal(ref shared);

        handovers?.ForEach(static handover => handover.PassEnded());
        if (Interlocked.CompareExchange(ref _state, Idle, Running) == Running) return;
        Volatile.Write(ref _state, Queued);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }
}

/// <summary>Completes when each of some shards has made a whole pass.</summary>
internal sealed class Handover(int shards)
{
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = shards;

    public Task Completed => _completed.Task;

    public void PassEnded()
    {
        if (Interlocked.Decrement(ref _left) == 0) _completed.SetResult();
    }
}
