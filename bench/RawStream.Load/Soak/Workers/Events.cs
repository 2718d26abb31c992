using System.Globalization;
using System.Net.ServerSentEvents;
using RawStream.Load.Subject;
using RawStream.Load.Trial;

namespace RawStream.Load.Soak.Workers;

/// <summary>A subscriber that leaves and comes back as EventSource does: no event is lost, none comes twice, and each is what was published.</summary>
internal static class Events
{
    private const int MostVisits = 4;
    private const int MostEvents = 100;

    private static readonly TimeSpan LongestAbsence = TimeSpan.FromSeconds(2);

    public static async Task SessionAsync(Shift shift, string? coding)
    {
        var place = new Place();
        for (var visits = shift.Random.Next(1, MostVisits); visits > 0 && !shift.IsOver; visits--)
        {
            await VisitAsync(shift, place, coding);
            if (visits > 1) await shift.RestAsync(shift.Random.NextDouble() * LongestAbsence);
        }
    }

    private static async Task VisitAsync(Shift shift, Place place, string? coding)
    {
        using var link = await shift.OpenAsync();
        var fields = place.LastId is null ? "" : $"Last-Event-ID: {place.LastId}\r\n";
        if (coding is not null) fields += $"Accept-Encoding: {coding}\r\n";
        await link.SendAsync(Requests.Get("/sse", fields));
        var head = await link.ReadHeadAsync(200);
        var isCoded = head.Contains("\r\nContent-Encoding:", StringComparison.OrdinalIgnoreCase);
        if (isCoded != coding is not null) throw new InvalidDataException("not the coding that was asked for");

        Stream body = new BodyStream(link);
        if (coding is not null) body = Streams.Decode(body, coding);
        var left = shift.Random.Next(1, MostEvents);
        await foreach (var item in SseParser.Create(body).EnumerateAsync())
        {
            place.Take(item);
            if (--left == 0 || shift.IsOver) break;
        }
        shift.Count(link);
        if (shift.Random.Next(2) == 0) link.Reset();
    }

    /// <summary>Where the subscriber is: the number and the id of the last event.</summary>
    private sealed class Place
    {
        private int _number;

        public string? LastId { get; private set; }

        public void Take(SseItem<string> item)
        {
            var space = item.Data.IndexOf(' ', StringComparison.Ordinal);
            if (item.EventType != "message" || space < 0) throw new InvalidDataException($"an event that was not published: {item.EventType}");
            var number = int.Parse(item.Data.AsSpan(0, space), CultureInfo.InvariantCulture);
            if (_number > 0 && number > _number + 1) throw new InvalidDataException("events are lost");
            if (_number > 0 && number < _number + 1) throw new InvalidDataException("events come twice");
            if (item.Data != SubjectEvents.Data(number)) throw new InvalidDataException("wrong bytes");
            if (item.EventId is not { Length: > 0 } id || id == LastId) throw new InvalidDataException("an event without an id of its own");
            (_number, LastId) = (number, id);
        }
    }
}
