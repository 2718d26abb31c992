namespace RawStream.Bench.FanOut;

/// <summary>
/// What subscribers lose when a few others do not read: throughput and latency without and with those. A room for each, so that it
/// is over before a server's patience with a stalled connection is, which is five seconds with both.
/// </summary>
internal static class SlowNeighbours
{
    public const string Name = "slow";

    private const int Slow = 10;

    private static readonly string Beside = $"  beside {Slow} who do not read";

    // A server may drop them, and then has it easier.
    private static readonly Figure StillThere = new("  of these are still there", null);

    public static FanOutMeasure[] With(int subscribers) => [Bursts(subscribers), SingleEvents(subscribers)];

    private static FanOutMeasure Bursts(int subscribers) => new(
        Name,
        [
            new Figure(Burst.Title(subscribers), Enumerable.Max),
            new Figure(Beside, Enumerable.Max),
            StillThere,
        ],
        server =>
        {
            var alone = Room.Enter(server, subscribers, slow: 0, Burst.Deliver);
            var (beside, left) = Room.Enter(server, subscribers, Slow, room => (Burst.Deliver(room), room.CountSlow()));
            return new Sample([alone.Rate, beside.Rate, left], alone.IsMerged || beside.IsMerged);
        });

    private static FanOutMeasure SingleEvents(int subscribers) => new(
        Name,
        [
            new Figure($"{SingleEvent.Title(subscribers)}, p50 ms", Enumerable.Min),
            new Figure(Beside, Enumerable.Min),
            new Figure("  p99, ms", Enumerable.Min),
            new Figure(Beside, Enumerable.Min),
            new Figure("  last, ms", Enumerable.Min),
            new Figure(Beside, Enumerable.Min),
            StillThere,
        ],
        server =>
        {
            var alone = Room.Enter(server, subscribers, slow: 0, SingleEvent.Latency);
            var (beside, left) = Room.Enter(server, subscribers, Slow, room => (SingleEvent.Latency(room), room.CountSlow()));
            return new Sample([.. alone.Zip(beside).SelectMany(pair => new[] { pair.First, pair.Second }), left]);
        });
}
