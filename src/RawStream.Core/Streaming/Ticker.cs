namespace RawStream;

/// <summary>Ticks as an async sequence, over <see cref="PeriodicTimer"/>.</summary>
public static class Ticker
{
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// The time, every <paramref name="period"/>, for ever: the first one after one period. A reader that is late misses ticks and does not get
    /// them in a burst. It ends, without an exception, when <paramref name="stop"/> or the enumeration's own token fires.
    /// </summary>
    /// <param name="period">From 1 ms.</param>
    /// <param name="stop">Usually <see cref="Request.Aborted"/>; <see cref="Response.Stream(IAsyncEnumerable{string}, string)"/> brings it along.</param>
    public static IAsyncEnumerable<DateTimeOffset> Every(TimeSpan period, CancellationToken stop = default) => Every(period, TimeProvider.System, stop);

    /// <param name="period">From 1 ms.</param>
    /// <param name="time">Another clock, for tests.</param>
    /// <param name="stop">Usually <see cref="Request.Aborted"/>.</param>
    /// <inheritdoc cref="Every(TimeSpan, CancellationToken)"/>
    public static IAsyncEnumerable<DateTimeOffset> Every(TimeSpan period, TimeProvider time, CancellationToken stop = default)
    {
        CheckPeriod(period);
        ArgumentNullException.ThrowIfNull(time);
        return new Ticks(period, time, stop);
    }

    internal static void CheckPeriod(TimeSpan period) => ArgumentOutOfRangeException.ThrowIfLessThan(period, ShortestPeriod);

    private sealed class Ticks(TimeSpan period, TimeProvider time, CancellationToken stop) : IAsyncEnumerable<DateTimeOffset>
    {
        public IAsyncEnumerator<DateTimeOffset> GetAsyncEnumerator(CancellationToken cancellationToken) =>
            new Enumerator(period, time, stop, cancellationToken);
    }

    /// <summary>
    /// Cancellation ends the timer, and the timer then says false: that is several times cheaper than an exception, and a thousand
    /// streams may end at once.
    /// </summary>
    private sealed class Enumerator : IAsyncEnumerator<DateTimeOffset>
    {
        private readonly PeriodicTimer _timer;
        private readonly TimeProvider _time;
        private readonly CancellationTokenRegistration _stop;
        private readonly CancellationTokenRegistration _cancellation;

        public Enumerator(TimeSpan period, TimeProvider time, CancellationToken stop, CancellationToken cancellationToken)
        {
            _time = time;
            _timer = new PeriodicTimer(period, time);
            _stop = EndWith(stop);
            _cancellation = stop == cancellationToken ? default : EndWith(cancellationToken);
        }

        public DateTimeOffset Current => _time.GetUtcNow();

        public ValueTask<bool> MoveNextAsync() => _timer.WaitForNextTickAsync(CancellationToken.None);

        public ValueTask DisposeAsync()
        {
            _stop.Unregister();
            _cancellation.Unregister();
            _timer.Dispose();
            return default;
        }

        private CancellationTokenRegistration EndWith(CancellationToken token) =>
            token.UnsafeRegister(static timer => ((PeriodicTimer)timer!).Dispose(), _timer);
    }
}
