namespace RawStream.Http1;

/// <summary>
/// Tells whether a body comes too slowly, over the time in which somebody waits for it. One thread waits, and the server's timer looks.
/// </summary>
internal struct BodyRate
{
    private long _waitingSince; // 0 while nobody waits: the clock never says that.
    private long _waitedMilliseconds;
    private long _windowReceived;

    public void StartWaiting(long now) => Volatile.Write(ref _waitingSince, now);

    public void StopWaiting(long now)
    {
        var since = _waitingSince;
        Volatile.Write(ref _waitingSince, 0);
        _waitedMilliseconds += now - since;
    }

    /// <param name="now">Milliseconds.</param>
    /// <param name="received">Bytes that have come so far.</param>
    /// <param name="bytesPerSecond">What is fast enough; 0: anything.</param>
    /// <param name="grace">Over which time.</param>
    public bool IsTooSlow(long now, long received, int bytesPerSecond, TimeSpan grace)
    {
        var since = Volatile.Read(ref _waitingSince);
        if (since == 0 || bytesPerSecond == 0 || grace == Timeout.InfiniteTimeSpan) return false;
        var waited = _waitedMilliseconds + now - since;
        if (waited < grace.TotalMilliseconds) return false;
        if ((received - _windowReceived) * 1000 < waited * bytesPerSecond) return true;
        // It was fast enough for one grace period; what it has saved does not count for the next.
        _windowReceived = received;
        _waitedMilliseconds = since - now;
        return false;
    }
}
