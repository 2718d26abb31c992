using System.Diagnostics;

namespace RawStream.Bench.FanOut;

/// <summary>Many subscribers of one server, read by one thread.</summary>
internal sealed class Subscribers : IDisposable
{
    // Fewer than a usual backlog holds (512), or a connection waits a second for its second try.
    private const int ConnectedAtOnce = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Epoll _epoll = new();
    private readonly List<Subscriber> _subscribers = [];
    private readonly byte[] _buffer = GC.AllocateArray<byte>(256 * 1024, pinned: true);

    public int Count => _subscribers.Count;

    private long OwnChunks => _subscribers.Sum(subscriber => (long)subscriber.OwnChunks);

    /// <summary>Adds subscribers; each has got the head of its response.</summary>
    public void Connect(int port, int count)
    {
        while (count > 0)
        {
            var group = Enumerable.Range(0, Math.Min(count, ConnectedAtOnce)).Select(_ => Connect(port)).ToList();
            ReadUntil(() => group.TrueForAll(subscriber => subscriber.HasHead), "a subscription was not answered");
            count -= group.Count;
        }
    }

    /// <summary>Has events published, and reads until every subscriber has all of them.</summary>
    public Delivery Deliver(Publisher publisher, int events, int size)
    {
        var ownChunks = OwnChunks;
        var arrivals = new TimeSpan[Count];
        var served = 0;
        foreach (var subscriber in _subscribers) subscriber.Expect(events);

        var start = Stopwatch.GetTimestamp();
        publisher.Send(events, size);
        ReadUntil(() => served == arrivals.Length, "a subscriber has not got every event",
            () => arrivals[served++] = Stopwatch.GetElapsedTime(start));
        publisher.ReadAnswer();
        return new Delivery(arrivals, (long)events * Count, OwnChunks - ownChunks);
    }

    /// <summary>Lets time pass, and reads what comes.</summary>
    public void Rest(TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        while (time - Stopwatch.GetElapsedTime(start) is var left && left > TimeSpan.Zero) Read(left);
    }

    public void Dispose()
    {
        foreach (var subscriber in _subscribers) subscriber.Dispose();
        _epoll.Dispose();
    }

    private Subscriber Connect(int port)
    {
        var subscriber = new Subscriber(port);
        _subscribers.Add(subscriber);
        _epoll.Watch(subscriber.Socket, _subscribers.Count - 1);
        return subscriber;
    }

    private void ReadUntil(Func<bool> isDone, string fault, Action? served = null)
    {
        var start = Stopwatch.GetTimestamp();
        while (!isDone())
        {
            if (Stopwatch.GetElapsedTime(start) > Patience) throw new InvalidDataException($"After {Patience.TotalSeconds} s, {fault}.");
            Read(Patience, served);
        }
    }

    private void Read(TimeSpan patience, Action? served = null)
    {
        var ready = _epoll.Wait(patience);
        for (var i = 0; i < ready; i++)
            if (_subscribers[_epoll.Ready(i)].Receive(_buffer)) served?.Invoke();
    }
}
