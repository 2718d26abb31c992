using System.Globalization;

namespace RawStream.Host;

/// <summary><c>GET /sse</c>, <c>POST /publish?n=K&amp;size=S</c>, <c>GET /count</c>: one broadcast, and how fast it is.</summary>
internal sealed class FanOut
{
    private const int EventsMax = 100_000;
    private const int SizeMax = 100_000;

    private readonly Broadcast<string> _events = new();

    public Response Join(Request request) => Response.Events(_events.Subscribe(request.LastEventId));

    /// <summary>Answers when all events are handed over.</summary>
    public async ValueTask<Response> Publish(Request request)
    {
        var count = QueryNumber.Read(request, "n", otherwise: 1, min: 1, max: EventsMax);
        var size = QueryNumber.Read(request, "size", otherwise: 64, min: 1, max: SizeMax);
        var data = new string('x', size);
        for (var i = 0; i < count; i++) _events.Publish(data);
        await _events.DeliveredAsync();
        return string.Create(CultureInfo.InvariantCulture, $"{count} to {_events.Subscribers}\n");
    }

    public Response Count() => _events.Subscribers.ToString(CultureInfo.InvariantCulture);
}
