using Microsoft.Extensions.Logging;
using RawStream.Diagnostics;

namespace RawStream.Transport.Epoll;

/// <summary>
/// A handler that begins on an event loop for as long as it does not hold that up. One that does, call after call, begins on the thread pool from then on, where only its own client waits for it.
/// (What it does once it has waited for its client is back on the loop, and left to <see cref="EpollLoop.CheckTurn"/>.) The time for which others had the processor, <see cref="Starvation"/>, is not its fault.
/// </summary>
internal sealed class LoopGuard(Handler handler, TimeProvider clock, Func<TimeSpan> starvation, ILogger logger)
{
    // A single one may be slow because it is compiled.
    private const int MostSlowCalls = 3;

    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(25);

    private int _slowCalls; // In a row.

    public ValueTask HandleAsync(Request request, ResponseWriter response)
    {
        var slowCalls = Volatile.Read(ref _slowCalls);
        if (slowCalls >= MostSlowCalls) return HandleOnPoolAsync(request, response);
        var isSuspect = slowCalls > 0; // Only then is it asked whose fault it is, for that takes microseconds.
        var starved = isSuspect ? starvation() : TimeSpan.Zero;
        var start = clock.GetTimestamp();
        var handling = handler(request, response);
        var time = clock.GetElapsedTime(start);
        if (isSuspect && time >= Slow) time -= starvation() - starved;
        if (time < Slow) Acquit(slowCalls);
        else if (isSuspect) Convict(request, time);
        else Interlocked.CompareExchange(ref _slowCalls, 1, 0);
        return handling;
    }

    private async ValueTask HandleOnPoolAsync(Request request, ResponseWriter response)
    {
        await Task.Yield();
        await handler(request, response);
    }

    private void Acquit(int slowCalls)
    {
        if (slowCalls > 0 && Volatile.Read(ref _slowCalls) < MostSlowCalls) Volatile.Write(ref _slowCalls, 0);
    }

    private void Convict(Request request, TimeSpan time)
    {
        if (Interlocked.Increment(ref _slowCalls) == MostSlowCalls) Log.HandlerLeavesLoop(logger, request.Describe(), (long)time.TotalMilliseconds, MostSlowCalls);
    }
}
