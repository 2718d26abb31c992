using System.Diagnostics;
using RawStream.Load.Client;
using RawStream.Load.Compare;
using RawStream.Load.Peers;
using RawStream.Load.Report;
using RawStream.Load.Wire;

namespace RawStream.Load.Measures;

/// <summary>
/// How late ticks come, without coordinated omission: a stream's k-th tick is due at its first one plus k periods, and no late tick
/// moves that. A tick that has not come a period after it was due when the watch ends is late by what has
/// passed since.
/// </summary>
internal static class Latency
{
    private static readonly Figure[] Figures =
        [new("p50 ms", Better.Less), new("p99 ms", Better.Less), new("p99.9 ms", Better.Less), new("not come, %"), new("server µs/tick", Better.Less)];

    public static IEnumerable<Case> Cases(Scale scale) =>
    [
        With(1000, TimeSpan.FromMilliseconds(100), scale),
        With(scale.Many, TimeSpan.FromSeconds(1), scale),
    ];

    private static Case With(int streams, TimeSpan period, Scale scale)
    {
        // A second of short periods, or as many long ones as are worth it.
        var time = TimeSpan.FromSeconds(Math.Max(2, scale.Ticks * Math.Max(0.5, period.TotalSeconds)));
        return new Case($"lateness of ticks, {streams} streams, every {period.TotalMilliseconds} ms", Figures,
            contestant => Watch(contestant.Server, streams, period, time))
        {
            Check = server => TickCheck.Run(server.Port),
            WarmUp = contestant => Watch(contestant.Server, 200, TimeSpan.FromMilliseconds(10), scale.Time)[^1],
            MaxRuns = 3,
            Charted = 1,
        };
    }

    private static double[] Watch(ServerProcess server, int count, TimeSpan period, TimeSpan time)
    {
        using var streams = new StreamSet(server.Port, $"/tick?ms={period.TotalMilliseconds}");
        streams.Connect(count);
        streams.ReadFor(period); // Those that were opened together are now where they stay.

        var schedule = new TickSchedule(streams, period);
        var serverTime = new ServerTime(server);
        streams.ReadFor(time, stream => schedule.Arrived(stream, Stopwatch.GetTimestamp()));
        var (due, missing) = schedule.End(Stopwatch.GetTimestamp());

        var late = schedule.Lateness;
        return
        [
            late.Percentile(0.5).TotalMilliseconds, late.Percentile(0.99).TotalMilliseconds, late.Percentile(0.999).TotalMilliseconds,
            100.0 * missing / due, serverTime.MicrosecondsEach(schedule.Ticks),
        ];
    }
}
