using RawStream.Load.Client;
using RawStream.Load.Compare;
using RawStream.Load.Wire;

namespace RawStream.Load.Measures;

/// <summary>A hundred small events at once to every subscriber: how many events a second arrive.</summary>
internal static class Burst
{
    private const int Events = 100;
    private const int OwnChunks = 2;    // The figure.
    private const int Size = 64;
    private const int WarmUpSubscribers = 200;

    // Several bursts, a few million events; but a slow server is not waited for.
    private const int LeastBursts = 3;
    private const int LeastEvents = 2_000_000;

    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(2);

    public static Case With(int subscribers) => new(
        $"{Title} × {subscribers}",
        [
            new Figure("M events/s", Better.More),
            new Figure("server µs/event", Better.Less),
            new Figure("own chunks, %"), // Fewer than all: some events were merged.
            new Figure("client busy"),  // Near 1, the client is what is measured.
        ],
        contestant => Room.Enter(contestant.Server, subscribers, slow: 0, room => Measure(contestant, room)))
    {
        Check = server => EventCheck.Run(server.Port),
        WarmUp = WarmUp,
        IsComparable = run => run[OwnChunks] == 100,
    };

    public static string Title => $"burst of {Events} events";

    public static double WarmUp(Contestant contestant) =>
        Room.Enter(contestant.Server, WarmUpSubscribers, slow: 0, room => DeliverMany(room, WarmUpSubscribers * Events * 10).Rate);

    /// <summary>Each burst begins when the one before has arrived everywhere.</summary>
    public static BurstOutcome Deliver(Room room)
    {
        room.Deliver(Events, Size); // The first one of a connection finds no buffers.
        return DeliverMany(room, LeastEvents);
    }

    private static double[] Measure(Contestant contestant, Room room)
    {
        room.Deliver(Events, Size);
        var serverTime = new ServerTime(contestant.Server);
        var client = Environment.CpuUsage.TotalTime;
        var outcome = DeliverMany(room, LeastEvents);
        return
        [
            outcome.Rate, serverTime.MicrosecondsEach(outcome.Events), 100.0 * outcome.OwnChunks / outcome.Events,
            (Environment.CpuUsage.TotalTime - client) / outcome.Time,
        ];
    }

    private static BurstOutcome DeliverMany(Room room, int leastEvents)
    {
        var outcome = default(BurstOutcome);
        for (var bursts = 0; bursts == 0 || (outcome.Time < LongEnough && (bursts < LeastBursts || outcome.Events < leastEvents)); bursts++)
        {
            var delivery = room.Deliver(Events, Size);
            outcome = new BurstOutcome(outcome.Events + delivery.Events, outcome.OwnChunks + delivery.OwnChunks, outcome.Time + delivery.Last);
        }
        return outcome;
    }
}

/// <summary>What arrived in how long, over some bursts.</summary>
internal readonly record struct BurstOutcome(long Events, long OwnChunks, TimeSpan Time)
{
    /// <summary>Million events a second.</summary>
    public double Rate => Events / Time.TotalMicroseconds;
}
