using RawStream.Streaming;

namespace RawStream.WebSockets;

/// <summary>What time wants done for a WebSocket.</summary>
[Flags]
internal enum WebSocketDuty
{
    None = 0,

    /// <summary>The client is silent.</summary>
    Ping = 1,

    /// <summary>It has not answered a ping.</summary>
    Cut = 2,

    /// <summary>There were no messages.</summary>
    CloseIdle = 4,

    /// <summary>It has not answered a close.</summary>
    GiveUp = 8,

    /// <summary>The handler has not taken notice of its close.</summary>
    AnswerClose = 16,

    /// <summary>The server stops.</summary>
    Leave = 32,
}

/// <summary>The deadlines of a WebSocket. The server's timer looks at them a few times a second; whoever reads and writes only leaves marks.</summary>
internal struct WebSocketClock(TimeSpan pingInterval)
{
    private IdleClock _silence = new(pingInterval);
    private long _pinged;       // When, on the server's clock; 0: no ping is unanswered.
    private long _lastMessage;
    private long _closed;       // When a close was seen, of either side.
    private bool _hasMessage = true;
    private bool _owesPing;

    /// <summary>A message has come or is sent.</summary>
    public void OnMessage() => Volatile.Write(ref _hasMessage, true);

    /// <summary>The ping that was due was not sent: something else is on its way. The next beat tries again.</summary>
    public void OnNoPing()
    {
        Volatile.Write(ref _owesPing, true);
        Volatile.Write(ref _pinged, 0);
    }

    /// <param name="now">Milliseconds.</param>
    /// <param name="options">The timeouts.</param>
    /// <param name="reader">Knows whether the client is silent.</param>
    /// <param name="writer">Knows whether a close was sent.</param>
    public WebSocketDuty Beat(long now, WebSocketOptions options, MessageReader reader, MessageWriter writer)
    {
        if (writer.IsClosing || reader.HasEnded)
        {
            if (_closed == 0) _closed = now;
            if (!HasPassed(now - _closed, options.CloseTimeout)) return WebSocketDuty.None;
            _closed = long.MaxValue; // Once.
            return writer.IsClosing ? WebSocketDuty.GiveUp : WebSocketDuty.AnswerClose;
        }
        return CheckSilence(now, options, reader) | CheckIdle(now, options);
    }

    private WebSocketDuty CheckSilence(long now, WebSocketOptions options, MessageReader reader)
    {
        if (!reader.TakeSilence())
        {
            _silence.Reset();
            Volatile.Write(ref _owesPing, false);
            Volatile.Write(ref _pinged, 0);
        }
        var pinged = Volatile.Read(ref _pinged);
        if (pinged != 0) return HasPassed(now - pinged, options.PongTimeout) ? WebSocketDuty.Cut : WebSocketDuty.None;
        if (!_silence.IsDue(now) && !Volatile.Read(ref _owesPing)) return WebSocketDuty.None;
        Volatile.Write(ref _owesPing, false);
        Volatile.Write(ref _pinged, now);
        return WebSocketDuty.Ping;
    }

    private WebSocketDuty CheckIdle(long now, WebSocketOptions options)
    {
        if (Volatile.Read(ref _hasMessage))
        {
            Volatile.Write(ref _hasMessage, false);
            _lastMessage = now;
        }
        return HasPassed(now - _lastMessage, options.IdleTimeout) ? WebSocketDuty.CloseIdle : WebSocketDuty.None;
    }

    private static bool HasPassed(long milliseconds, TimeSpan timeout) => timeout != Timeout.InfiniteTimeSpan && milliseconds >= timeout.TotalMilliseconds;
}
