using RawStream.Load.Client;
using RawStream.Load.Compare;
using RawStream.Load.Report;
using RawStream.Load.Wire;

namespace RawStream.Load.Measures;

/// <summary>One small event when all is quiet: the time from the request to publish it until a subscriber has it.</summary>
internal static class SingleEvent
{
    private const int Events = 20;
    private const int Size = 64;

    private static readonly TimeSpan Space = TimeSpan.FromMilliseconds(20);

    public static Case With(int subscribers) => new(
        $"one event to {subscribers}",
        [new Figure("p50 ms", Better.Less), new Figure("p99 ms", Better.Less), new Figure("last ms", Better.Less)],
        contestant => Room.Enter(contestant.Server, subscribers, slow: 0, Latency))
    {
        Check = server => EventCheck.Run(server.Port),
        WarmUp = Burst.WarmUp,
    };

    /// <summary>The half, 99 of 100, and the last of the subscribers have it, in ms: medians of several events.</summary>
    public static double[] Latency(Room room)
    {
        room.Deliver(1, Size); // The first one of a connection finds no buffers.
        var deliveries = Enumerable.Range(0, Events).Select(_ => Deliver(room)).ToArray();
        return [Median(one => one.By(0.5)), Median(one => one.By(0.99)), Median(one => one.Last)];

        double Median(Func<Delivery, TimeSpan> time) => Statistics.Median(deliveries.Select(one => time(one).TotalMilliseconds));
    }

    private static Delivery Deliver(Room room)
    {
        room.Rest(Space);
        return room.Deliver(1, Size);
    }
}
