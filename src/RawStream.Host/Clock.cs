using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace RawStream.Host;

/// <summary><c>GET /clock</c>: an event <c>time</c> each second, and an event <c>minute</c> with each new minute. Ids count from 1.</summary>
internal sealed class Clock(TimeProvider time)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly EventStreamOptions Options = new() { Retry = Second };

    public Response Show() => Response.Events(Tell(), options: Options);

    private async IAsyncEnumerable<SseItem<string>> Tell([EnumeratorCancellation] CancellationToken left = default)
    {
        var id = 0L;
        var minute = time.GetUtcNow().Minute;
        await foreach (var now in Ticker.Every(Second, time, left))
        {
            yield return Event("time", now, ++id);
            if (now.Minute == minute) continue;
            minute = now.Minute;
            yield return Event("minute", now, ++id);
        }
    }

    private static SseItem<string> Event(string type, DateTimeOffset now, long id) =>
        new(now.ToString("O", CultureInfo.InvariantCulture), type) { EventId = id.ToString(CultureInfo.InvariantCulture) };
}
