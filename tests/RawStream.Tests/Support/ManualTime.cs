namespace RawStream.Tests.Support;

/// <summary>A clock that stands still until it is told to go on. What is due is called inline, in its order.</summary>
internal sealed class ManualTime : TimeProvider
{
    private static readonly DateTimeOffset Origin = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private TaskCompletionSource _changed = NewSignal();
    private TimeSpan _elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_gate) return _elapsed.Ticks;
    }

    public override DateTimeOffset GetUtcNow() => Origin + TimeSpan.FromTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Timers that will fire.</summary>
    public int ActiveTimers
    {
        get
        {
            lock (_gate) return _timers.Count;
        }
    }

    /// <summary>Completes when at least so many timers are active: whoever is tested has come to wait for time.</summary>
    public async Task WaitForTimersAsync(int count)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_timers.Count >= count) return;
                changed = _changed.Task;
            }
            await changed.Within();
        }
    }

    public void AdvanceSeconds(double seconds) => Advance(TimeSpan.FromSeconds(seconds));

    public void Advance(TimeSpan by)
    {
        TimeSpan target;
        lock (_gate) target = _elapsed + by;
        while (TakeDue(target) is { } timer) timer.Fire();
        lock (_gate) _elapsed = target;
    }

    /// <summary>The next timer that is due until then; the clock goes on to it.</summary>
    private ManualTimer? TakeDue(TimeSpan target)
    {
        lock (_gate)
        {
            var next = _timers.Where(timer => timer.Due <= target).MinBy(timer => timer.Due);
            if (next is null) return null;
            _elapsed = next.Due;
            if (next.Period > TimeSpan.Zero) next.Due += next.Period;
            else _timers.Remove(next);
            return next;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            TaskCompletionSource changed;
            lock (time._gate)
            {
                time._timers.Remove(this);
                Due = time._elapsed + dueTime;
                Period = period;
                if (dueTime >= TimeSpan.Zero) time._timers.Add(this);
                changed = time._changed;
                time._changed = NewSignal();
            }
            changed.SetResult();
            return true;
        }

        /// <summary>As on a thread of the pool: without the test's synchronization context.</summary>
        public void Fire()
        {
            var context = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(null);
            try
            {
                callback(state);
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(context);
            }
        }

        public void Dispose()
        {
            lock (time._gate) time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
