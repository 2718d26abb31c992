namespace RawStream.Transport;

/// <summary>
/// Tells a stalled peer from a slow one. Whether a send is pending says little: the kernel reports a full socket as writable only when a good part of it is free again, perhaps a megabyte, which may take a
/// slow peer long, and one that takes less than it is asked to may still let go on for a moment now and then. So what counts is what the peer's kernel acknowledges while bytes wait for it at each look.
/// That comes in large steps, too: a program may read for long out of a full receive buffer before its kernel takes more. So who has read can be ahead of what is asked of it.
/// </summary>
internal struct StallClock
{
    // What a kernel takes for a program that reads nothing: its receive buffer, which grows for one that reads (128 KiB on Linux, tcp_rmem, and a packet), with some room. Whose kernel has taken more has read.
    private const int Unread = 160 * 1024;

    // So many periods may who has read be ahead.
    private const int MostAhead = 60;

    private bool _waits;     // Nothing fits.
    private bool _hasWaited; // Nothing fits, or did not at some time since the last look.
    private long _since;     // On the clock of HasStalled; 0 until that has looked.
    private long _acknowledged;
    private long _ahead;     // Bytes.

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
    /// <param name="bytesPerSecond">What is progress enough, on the average; 0: a byte during that time.</param>
    public bool HasStalled(long now, long acknowledged, long timeout, int bytesPerSecond)
    {
        _hasWaited = _waits;
        if (_since == 0) Begin(now, acknowledged, ahead: long.MaxValue);
        var time = now - _since;
        if (time < timeout) return false;
        var enough = Math.Max(time * bytesPerSecond / 1000, 1);
        var ahead = _ahead + acknowledged - _acknowledged - enough;
        if (ahead < 0) return true;
        Begin(now, acknowledged, Math.Min(ahead, MostAhead * enough));
        return false;
    }

    private void Begin(long now, long acknowledged, long ahead)
    {
        _since = now;
        _acknowledged = acknowledged;
        _ahead = Math.Clamp(acknowledged - Unread, 0, ahead);
    }
}
