using RawStream.Http1;

namespace RawStream.Timing;

/// <summary>
/// The one timer for all deadlines. A few times a second it moves the clock on and has each connection look at its deadlines; a
/// deadline itself costs nothing but a field. (A timer for each connection would be set and cleared twice a request.) It rests while no
/// connection is open: a server that nobody asks wakes nobody.
/// </summary>
internal sealed class Heartbeat(TimeProvider time, ConnectionSet connections) : IDisposable
{
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly long _origin = time.GetTimestamp();
    private ITimer? _timer;
    private long _now = 1;
    private int _beating;
    private volatile bool _rests = true;

    /// <summary>Milliseconds since the server was made, as of the last beat or waking; more than 0.</summary>
    public long Now => Volatile.Read(ref _now);

    /// <summary>Is told of each beat.</summary>
    public Action<long>? OnBeat { get; set; }

    /// <summary>There is a connection, or will be at once: it beats from now on, and <see cref="Now"/> is right.</summary>
    public void Wake()
    {
        Interlocked.MemoryBarrier(); // Either this sees that it rests, or Rest sees the connection.
        if (!_rests) return;
        lock (_gate)
        {
            if (!_rests) return;
            SetClock();
            if (_timer is null) _timer = time.CreateTimer(static state => ((Heartbeat)state!).Beat(), this, Period, Period);
            else _timer.Change(Period, Period);
            _rests = false;
        }
    }

    public void Dispose()
    {
        lock (_gate) _timer?.Dispose();
    }

    private void Beat()
    {
        if (Interlocked.Exchange(ref _beating, 1) == 1) return; // The last beat is still at work.
        try
        {
            var now = SetClock();
            connections.CheckDeadlines(now);
            OnBeat?.Invoke(now);
            if (connections.Count == 0) Rest();
        }
        finally
        {
            Volatile.Write(ref _beating, 0);
        }
    }

    private void Rest()
    {
        lock (_gate)
        {
            _rests = true;
            Interlocked.MemoryBarrier();
            if (connections.Count > 0) _rests = false;
            else _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private long SetClock()
    {
        var now = 1 + (long)time.GetElapsedTime(_origin).TotalMilliseconds;
        Volatile.Write(ref _now, now);
        return now;
    }
}
