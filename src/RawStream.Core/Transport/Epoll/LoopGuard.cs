using Microsoft.Extensions.Logging;
using RawStream.Diagnostics;

namespace RawStream.Transport.Epoll;

/// <summary>
/// A handler that begins on an event loop for as long as it does not hold that up. One that does, call after call, begins on the thread pool from then on, where only its own client waits for it.
/// (What it does once it has waited for its client is back on the loop, and left to <see cref="EpollLoop.CheckTurn"/>.)
/// </summary>
internal sealed class LoopGuard(Handler handler, TimeProvider clock, ILogger logger)
{
    // A single one may be slow because it is compiled, or because the machine was busy.
    private const int MostSlowCalls = 3;

    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(25);

    private int _slowCalls; // In a row.

    public ValueTask HandleAsync(Request request, ResponseWriter response)
    {
        if (Volatile.Read(ref _slowCalls) >= MostSlowCalls) return HandleOnPoolAsync(request, response);
        var start = clock.GetTimestamp();
        var handling = handler(request, response);
        var time = clock.GetElapsedTime(start);
        if (time >= Slow) OnSlowCall(request, time);
        else if (_slowCalls is > 0 and < MostSlowCalls) _slowCalls = 0;
        return handling;
    }

    private async ValueTask HandleOnPoolAsync(Request request, ResponseWriter response)
    {
        await Task.Yield();
        await handler(request, response);
    }

    private void OnSlowCall(Request request, TimeSpan time)
    {
        if (Interlocked.Increment(ref _slowCalls) == MostSlowCalls) Log.HandlerLeavesLoop(logger, request.Describe(), (long)time.TotalMilliseconds, MostSlowCalls);
    }
}
