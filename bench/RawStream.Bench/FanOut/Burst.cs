using RawStream.Bench.Quick;

namespace RawStream.Bench.FanOut;

/// <summary>A hundred small events at once to every subscriber: how many events a second arrive.</summary>
internal static class Burst
{
    public const string Name = "burst";

    private const int Events = 100;
    private const int Size = 64;
    private const int LeastBursts = 3;
    private const int LeastEvents = 2_000_000;

    public static FanOutMeasure With(int subscribers) => new(
        Name,
        [
            new Figure(Title(subscribers), Enumerable.Max),
            new Figure("  server CPU, µs each", Enumerable.Min),
            new Figure("  client busy, share", null), // Near 1, the client is what is measured.
        ],
        server => Room.Enter(server, subscribers, slow: 0, room => Measure(server, room)));

    public static string Title(int subscribers) => $"burst × {subscribers}, M events/s";

    /// <summary>Bursts until the time is up. Returns how many.</summary>
    public static int WarmUp(Room room, TimeSpan time)
    {
        var bursts = 0;
        for (var spent = TimeSpan.Zero; spent < time; bursts++) spent += room.Deliver(Events, Size).Last;
        return bursts;
    }

    /// <summary>Several bursts, a few million events; each begins when the one before has arrived everywhere.</summary>
    public static BurstOutcome Deliver(Room room)
    {
        room.Deliver(Events, Size); // The first one of a connection finds no buffers.
        return DeliverMany(room);
    }

    private static Sample Measure(ServerProcess server, Room room)
    {
        room.Deliver(Events, Size);
        var (serverStart, clientStart) = (server.ProcessorTime, Environment.CpuUsage.TotalTime);
        var outcome = DeliverMany(room);
        var (serverTime, clientTime) = (server.ProcessorTime - serverStart, Environment.CpuUsage.TotalTime - clientStart);
        return new Sample([outcome.Rate, serverTime.TotalMicroseconds / outcome.Events, clientTime / outcome.Time], outcome.IsMerged);
    }

    private static BurstOutcome DeliverMany(Room room)
    {
        var outcome = default(BurstOutcome);
        for (var bursts = 0; bursts < LeastBursts || outcome.Events < LeastEvents; bursts++)
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

    /// <summary>Not one chunk an event.</summary>
    public bool IsMerged => OwnChunks != Events;
}
