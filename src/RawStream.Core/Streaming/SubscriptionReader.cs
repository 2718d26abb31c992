using System.Net.ServerSentEvents;
using System.Threading.Tasks.Sources;

namespace RawStream.Streaming;

/// <summary>A subscription as an async sequence.</summary>
internal sealed class SubscriptionReader<T> : IAsyncEnumerator<SseItem<T>>, ISubscriber<T>, IValueTaskSource<bool>
{
    private readonly Lock _gate = new();
    private readonly Subscription<T> _subscription;
    private readonly CancellationTokenRegistration _cancellation;
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private SseItem<T> _current;
    private bool _waiting;
    private volatile bool _stopped;

    public SubscriptionReader(Subscription<T> subscription, CancellationToken stop)
    {
        _subscription = subscription;
        _subscription.Open(this);
        _cancellation = stop.UnsafeRegister(static reader => ((SubscriptionReader<T>)reader!).Stop(), this);
    }

    public SseItem<T> Current => _current;

    public StreamHealth? Health => null;

    public ValueTask<bool> MoveNextAsync()
    {
        lock (_gate)
        {
            if (TryAnswer(out var hasNext)) return new ValueTask<bool>(hasNext);
            _source.Reset();
            _waiting = true;
            return new ValueTask<bool>(this, _source.Version);
        }
    }

    public ValueTask DisposeAsync()
    {
        _cancellation.Dispose();
        _subscription.Close();
        Stop();
        return default;
    }

    public void Signal(ref LogBatch<T> shared)
    {
        lock (_gate)
        {
            if (!_waiting) return;
            try
            {
                if (!TryAnswer(out var hasNext)) return;
                _waiting = false;
                _source.SetResult(hasNext);
            }
            catch (OperationCanceledException e)
            {
                _waiting = false;
                _source.SetException(e);
            }
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Stop()
    {
        _stopped = true;
        Wake();
    }

    private void Wake()
    {
        var none = default(LogBatch<T>);
        Signal(ref none);
    }

    /// <summary>False when it has to wait.</summary>
    private bool TryAnswer(out bool hasNext)
    {
        var last = _subscription.IsEnding;
        hasNext = !_stopped && _subscription.TryReadItem(out _current);
        if (_subscription.IsTooSlow) throw new OperationCanceledException("The subscriber was too slow, and its policy is to be disconnected.");
        return hasNext || last || _stopped;
    }
}
