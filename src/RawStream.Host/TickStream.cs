using System.Globalization;
using System.Text.Unicode;

namespace RawStream.Host;

/// <summary><c>GET /tick?ms=M</c>: the time, every M milliseconds, until the client leaves. It knows how many are open.</summary>
internal sealed class TickStream
{
    private const int PeriodMax = 3_600_000;
    private const int LongestTick = 64;

    private int _open;

    public async ValueTask Write(Request request, ResponseWriter response)
    {
        var period = QueryNumber.Read(request, "ms", otherwise: 1000, min: 1, max: PeriodMax);
        response.Headers["Content-Type"] = "text/plain; charset=utf-8";
        response.Headers["X-Content-Type-Options"] = "nosniff"; // A browser that sniffs holds back the first ticks.

        Interlocked.Increment(ref _open);
        try
        {
            await response.FlushAsync(); // The head now: the first tick may be an hour away.
            await foreach (var now in request.Every(TimeSpan.FromMilliseconds(period)))
            {
                // A text is the simple way (response.WriteAsync($"…")); this one makes no garbage.
                Utf8.TryWrite(response.Body.GetSpan(LongestTick), $"It is {now:O}\n", out var length);
                response.Body.Advance(length);
                await response.FlushAsync();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    public Response CountOpen() => Volatile.Read(ref _open).ToString(CultureInfo.InvariantCulture);
}
