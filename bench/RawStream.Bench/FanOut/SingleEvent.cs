using RawStream.Bench.Quick;

namespace RawStream.Bench.FanOut;

/// <summary>One small event when all is quiet: the time from the request to publish it until a subscriber has it.</summary>
internal static class SingleEvent
{
    public const string Name = "single";

    private const int Events = 20;
    private const int Size = 64;

    private static readonly TimeSpan Space = TimeSpan.FromMilliseconds(20);

    public static FanOutMeasure With(int subscribers) => new(
        Name,
        [
            new Figure($"{Title(subscribers)}, p50 ms", Enumerable.Min),
            new Figure("  p99, ms", Enumerable.Min),
            new Figure("  last, ms", Enumerable.Min),
        ],
        server => Room.Enter(server, subscribers, slow: 0, room => new Sample(Latency(room))));

    public static string Title(int subscribers) => $"one event × {subscribers}";

    /// <summary>The half, 99 of 100, and the last of the subscribers have it, in ms: medians of several events.</summary>
    public static double[] Latency(Room room)
    {
        room.Deliver(1, Size); // The first one of a connection finds no buffers.
        var deliveries = Enumerable.Range(0, Events).Select(_ => Deliver(room)).ToArray();
        return [Median(one => one.By(0.5)), Median(one => one.By(0.99)), Median(one => one.Last)];

        double Median(Func<Delivery, TimeSpan> time) => Table.Median([.. deliveries.Select(one => time(one).TotalMilliseconds)]);
    }

    private static Delivery Deliver(Room room)
    {
        room.Rest(Space);
        return room.Deliver(1, Size);
    }
}
