namespace RawStream.Transport;

/// <summary>
/// How long the oldest queued byte has waited. The clock is read only when the transport takes no more, and one mark is kept: what was queued
/// then is at least as old, until all of it is sent. So a connection that keeps up pays nothing for it.
/// </summary>
internal struct QueueAge
{
    private bool _runs;
    private long _since;
    private long _mark;

    /// <summary>The transport takes no more now.</summary>
    /// <param name="now">Milliseconds.</param>
    /// <param name="sent">Bytes that were sent so far.</param>
    /// <param name="flushed">Bytes that were to be sent so far.</param>
    public void Block(long now, long sent, long flushed)
    {
        if (_runs && sent < _mark) return;
        (_runs, _since, _mark) = (true, now, flushed);
    }

    /// <summary>All is sent.</summary>
    public void Clear() => _runs = false;

    /// <summary>Milliseconds; 0 while nothing waits.</summary>
    public readonly long At(long now) => _runs ? now - _since : 0;
}
