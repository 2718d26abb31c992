using System.Diagnostics;

namespace RawStream.Load.Client;

/// <summary>Many subscribers of one server's <c>/sse</c>.</summary>
internal sealed class Subscribers(int port) : IDisposable
{
    private readonly StreamSet _streams = new(port, "/sse", hasEvents: true);

    private int[] _due = [];

    public int Count => _streams.Count;

    private long OwnChunks => _streams.Streams.Sum(stream => (long)stream.Reader.OwnChunks);

    /// <summary>Adds subscribers; each has got the head of its response.</summary>
    public void Connect(int count) => _streams.Connect(count);

    /// <summary>Has events published, and reads until every subscriber has all of them.</summary>
    public Delivery Deliver(Publisher publisher, int events, int size)
    {
        var ownChunks = OwnChunks;
        var arrivals = new TimeSpan[Count];
        var served = 0;
        _due = [.. _streams.Streams.Select(stream => stream.Reader.Events + events)];

        var start = Stopwatch.GetTimestamp();
        publisher.Send(events, size);
        _streams.ReadUntil(() => served == arrivals.Length, "a subscriber has not got every event", Received);
        publisher.ReadAnswer();
        return new Delivery(arrivals, (long)events * Count, OwnChunks - ownChunks);

        void Received(OpenStream stream)
        {
            var missing = _due[stream.Tag] - stream.Reader.Events;
            if (missing > 0) return;
            if (missing < 0) throw new InvalidDataException("A subscriber got more events than were published.");
            arrivals[served++] = Stopwatch.GetElapsedTime(start);
            _due[stream.Tag] = int.MaxValue; // It is counted once.
        }
    }

    /// <summary>Lets time pass, and reads what comes.</summary>
    public void Rest(TimeSpan time) => _streams.ReadFor(time);

    public void Dispose() => _streams.Dispose();
}
