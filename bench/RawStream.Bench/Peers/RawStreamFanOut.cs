using System.Globalization;

namespace RawStream.Bench.Peers;

/// <summary>RawStream's fan-out: one broadcast with its default bounds.</summary>
internal static class RawStreamFanOut
{
    public static void Map(HttpServer server)
    {
        var events = new Broadcast<string>();
        server.Map("GET /sse", request => Response.Events(events.Subscribe(request.LastEventId)));
        server.Map("POST /publish", request => PublishAsync(request, events));
        server.Map("GET /count", request => events.Subscribers.ToString(CultureInfo.InvariantCulture));
    }

    private static async ValueTask<Response> PublishAsync(Request request, Broadcast<string> events)
    {
        var count = int.Parse(request.Query["n"]!, CultureInfo.InvariantCulture);
        var data = new string('x', int.Parse(request.Query["size"]!, CultureInfo.InvariantCulture));
        for (var i = 0; i < count; i++) events.Publish(data);
        await events.DeliveredAsync();
        return "OK";
    }
}
