using RawStream.Timing;

namespace RawStream.Diagnostics;

/// <summary>Keeps a flood of connections from becoming a flood of log lines: one a second may go, and says how many it stands for.</summary>
internal sealed class LogThrottle(Heartbeat clock)
{
    private const int Period = 1000; // Milliseconds.

    private long _next;
    private int _held;

    public bool TryTake(out int times)
    {
        Interlocked.Increment(ref _held);
        times = 0;
        var now = clock.Now;
        var next = Volatile.Read(ref _next);
        if (now < next || Interlocked.CompareExchange(ref _next, now + Period, next) != next) return false;
        times = Interlocked.Exchange(ref _held, 0);
        return true;
    }
}
