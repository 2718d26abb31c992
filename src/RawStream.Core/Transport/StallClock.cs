namespace RawStream.Transport;

/// <summary>
/// Tells a stalled peer from a slow one. Whether a send is pending says little: the kernel reports a full socket as writable only when a good part of it is free again, perhaps a megabyte, which may take a
/// slow peer long, and one that takes less than it is asked to may still let go on for a moment now and then. So what counts is what the peer's kernel acknowledges while bytes wait for it at each look.
/// </summary>
internal struct StallClock
{
    private bool _waits;     // Nothing fits.
    private bool _hasWaited; // Nothing fits, or did not at some time since the last look.
    private long _since;     // On the clock of HasStalled; 0 until that has looked.
    private long _acknowledged;

    public void Start() => _waits = _hasWaited = true;

    public void Stop() => _waits = false;

    /// <summary>True when bytes have waited since the last look; then <see cref="HasStalled"/> is to be asked. False: the peer keeps up.</summary>
    public bool Look()
    {
        if (!_hasWaited) _since = 0;
        return _hasWaited;
    }

    /// <param name="now">Milliseconds.</param>
    /// <param name="acknowledged">Bytes that the peer has acknowledged so far.</param>
    /// <param name="timeout">Milliseconds.</param>
    /// <param name="bytesPerSecond">What is progress enough during that time; 0: any byte.</param>
    public bool HasStalled(long now, long acknowledged, long timeout, int bytesPerSecond)
    {
        _hasWaited = _waits;
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
