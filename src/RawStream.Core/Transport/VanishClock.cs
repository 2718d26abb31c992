namespace RawStream.Transport;

/// <summary>
/// Tells a peer that has vanished from a slow one, while something that was sent has not arrived; while nothing is on its way, the kernel's keep-alive probes do. A peer whose window is closed says nothing
/// unless it is asked, and the kernel asks ever less often: so what counts is a question without an answer. (TCP_USER_TIMEOUT would end a peer that takes little at a time, too: for the kernel its window counts
/// as closed until the next packet fits.)
/// </summary>
internal struct VanishClock
{
    // Of the time after which a vanished peer is gone: the probes before have had 0.45 of it, and a look may be late by as much as lies between two.
    private const double Silence = 0.4, BetweenLooks = 0.1;

    private bool _isOnItsWay; // Something was sent, and no look has found since that all of it has arrived: who sends nothing costs nothing.
    private long _lookedAt;
    private long _since;      // Since when the peer owes an answer and nothing was heard; 0 while it owes none.

    public void Sent() => _isOnItsWay = true;

    /// <summary>True when it is time to ask the kernel, and then <see cref="HasVanished"/>.</summary>
    public bool IsDue(long now, TimeSpan vanished)
    {
        if (!_isOnItsWay || now - _lookedAt < vanished.TotalMilliseconds * BetweenLooks) return false;
        _lookedAt = now;
        _isOnItsWay = false;
        return true;
    }

    /// <param name="now">Milliseconds.</param>
    /// <param name="info">What the kernel knows.</param>
    /// <param name="vanished">After how long a peer that has vanished is to be gone.</param>
    public bool HasVanished(long now, TcpInfo info, TimeSpan vanished)
    {
        _isOnItsWay |= info.BytesUnacknowledged > 0; // More may have been sent meanwhile.
        if (info.BytesUnacknowledged == 0 || !info.AwaitsAnswer)
        {
            _since = 0;
            return false;
        }
        _since = _since == 0 ? now : Math.Max(_since, now - info.MillisecondsSinceHeard);
        return now - _since >= vanished.TotalMilliseconds * Silence;
    }
}
