namespace RawStream.Streaming;

/// <summary>
/// Tells when a stream has been silent for long enough to need a heartbeat. The server's timer looks at it a few times a second, and who writes
/// only leaves a mark: nobody reads a clock, and no stream has a timer.
/// </summary>
internal struct IdleClock(TimeSpan interval)
{
    // The last quarter is the jitter.
    private const double Jitter = 0.25;

    private readonly long _interval = interval == Timeout.InfiniteTimeSpan ? long.MaxValue : (long)interval.TotalMilliseconds;
    private bool _written;
    private long _due; // 0 until the timer has looked.

    /// <summary>Something was written.</summary>
    public void Reset() => Volatile.Write(ref _written, true);

    /// <summary>True when a heartbeat is due, once per silent interval.</summary>
    /// <param name="now">Milliseconds.</param>
    public bool IsDue(long now)
    {
        if (_interval == long.MaxValue) return false;
        var due = _due != 0 && now >= _due && !Volatile.Read(ref _written);
        if (due || _due == 0 || Volatile.Read(ref _written))
        {
            Volatile.Write(ref _written, false);
            _due = now + _interval - (long)(Random.Shared.NextDouble() * Jitter * _interval);
        }
        return due;
    }
}

/// <summary>What a stream that can be silent for long hears from the server.</summary>
internal interface IIdleStream
{
    /// <summary>Called by the server's timer, a few times a second; <paramref name="now"/> is in milliseconds. It must not block.</summary>
    void Beat(long now);

    /// <summary>The server stops, and the stream is to end. False: it cannot do that by itself, and its handler has to be told. It may be called more than once.</summary>
    bool Stop();
}
