using RawStream.Load.Client;
using RawStream.Load.Compare;

namespace RawStream.Load.Measures;

/// <summary>
/// What subscribers lose when a few others do not read: throughput and latency beside those, to be held against the tables without.
/// A room for each, so that it is over before a server's patience with a stalled connection is, which is five seconds with RawStream
/// and Kestrel.
/// </summary>
internal static class SlowNeighbours
{
    private const int Slow = 10;

    // A server may drop them, and then has it easier.
    private static readonly Figure StillThere = new("of these still there");

    public static Case[] With(int subscribers) =>
    [
        new Case(
            $"{Burst.Title} × {subscribers} beside {Slow} who do not read",
            [new Figure("M events/s", Better.More), StillThere],
            contestant => Room.Enter(contestant.Server, subscribers, Slow, room => new[] { Burst.Deliver(room).Rate, room.CountSlow() }))
        {
            WarmUp = Burst.WarmUp,
        },
        new Case(
            $"one event to {subscribers} beside {Slow} who do not read",
            [new Figure("p50 ms", Better.Less), new Figure("p99 ms", Better.Less), new Figure("last ms", Better.Less), StillThere],
            contestant => Room.Enter(contestant.Server, subscribers, Slow, room => (double[])[.. SingleEvent.Latency(room), room.CountSlow()]))
        {
            WarmUp = Burst.WarmUp,
        },
    ];
}
