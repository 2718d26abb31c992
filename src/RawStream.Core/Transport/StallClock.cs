namespace RawStream.Transport;

/// <summary>
/// Tells a stalled peer from a slow one. The kernel reports a full socket as writable only when a third of its buffer, perhaps a megabyte,
/// is free again, which may take a slow peer long; what the peer's kernel acknowledges meanwhile counts as progress.
/// </summary>
internal struct StallClock
{
    private bool _runs;
    private long _since; // On the clock of HasStalled; 0 until that has looked.
    private long _acknowledged;

    /// <summary>Bytes wait, and nothing fits.</summary>
    public readonly bool Runs => _runs;

    public void Start() => _runs = true;

    public void Stop()
    {
        _runs = false;
        _since = 0;
    }

    /// <param name="now">Milliseconds.</param>
    /// <param name="acknowledged">Bytes that the peer has acknowledged so far, or -1 where that is not known.</param>
    /// <param name="timeout">Milliseconds.</param>
    /// <param name="bytesPerSecond">What is progress enough during that time; 0: any byte.</param>
    public bool HasStalled(long now, long acknowledged, long timeout, int bytesPerSecond)
    {
        if (!_runs) return false;
        if (_since == 0) Begin(now, acknowledged);
        var time = now - _since;
        if (time < timeout) return false;
        var progress = acknowledged - _acknowledged;
        if (progress <= 0 || progress * 1000 < time * bytesPerSecond) return true;
        Begin(now, acknowledged);
        return false;
    }

    private void Begin(long now, long acknowledged)
    {
        _since = now;
        _acknowledged = acknowledged;
    }
}
