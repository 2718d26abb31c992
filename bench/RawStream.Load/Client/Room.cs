using System.Diagnostics;
using RawStream.Load.Peers;

namespace RawStream.Load.Client;

/// <summary>
/// Who is connected to a server in a run: the publisher, the subscribers, and perhaps some who do not read. It is entered when the
/// server has counted all of them, and left when it counts none, so that no run pays for another one's connections.
/// </summary>
internal sealed class Room : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Publisher _publisher;
    private readonly SlowReaders _slow;
    private readonly Subscribers _subscribers;

    private Room(ServerProcess server, int subscribers, int slow)
    {
        _publisher = new Publisher(server.Port);
        _subscribers = new Subscribers(server.Port);
        _slow = new SlowReaders(server.Port, slow);
        Await(counted => counted >= slow);
        _slow.Stall(_publisher);
        _subscribers.Connect(subscribers);
        Await(counted => counted >= subscribers); // The server may have dropped those who do not read.
    }

    /// <summary>Measures in a room.</summary>
    public static T Enter<T>(ServerProcess server, int subscribers, int slow, Func<Room, T> measure)
    {
        using var room = new Room(server, subscribers, slow);
        var result = measure(room);
        room.Leave();
        return result;
    }

    /// <summary>How many of those who do not read are still subscribed.</summary>
    public int CountSlow() => _publisher.Count() - _subscribers.Count;

    public Delivery Deliver(int events, int size) => _subscribers.Deliver(_publisher, events, size);

    public void Rest(TimeSpan time) => _subscribers.Rest(time);

    public void Dispose()
    {
        _subscribers.Dispose();
        _slow.Dispose();
        _publisher.Dispose();
    }

    private void Leave()
    {
        _subscribers.Dispose();
        _slow.Dispose();
        Await(
            counted => counted == 0,
            () => _publisher.Publish(1, 1)); // Some servers find out by a write only.
    }

    private void Await(Func<int, bool> isRight, Action? nudge = null)
    {
        var start = Stopwatch.GetTimestamp();
        while (_publisher.Count() is var counted && !isRight(counted))
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new InvalidDataException($"The server still counts {counted} subscribers, which are not those who are there.");
            nudge?.Invoke();
            Task.Delay(10).Wait();
        }
    }
}
