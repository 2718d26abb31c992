using RawStream.Load.Client;
using RawStream.Load.Compare;
using RawStream.Load.Report;
using RawStream.Load.Wire;

namespace RawStream.Load.Measures;

/// <summary>
/// One quiet stream, one small event: the time from the request to publish it until the only subscriber has it. Of that, the request
/// and the wake-ups are everybody's; what a peer takes longer than raw C is its way from the flush to the wire.
/// </summary>
internal static class Lone
{
    private const int Events = 300;
    private const int Size = 64;

    private static readonly TimeSpan Space = TimeSpan.FromMilliseconds(2);

    public static IEnumerable<Case> Cases(Scale scale) =>
    [
        new Case(
            "one event to one subscriber",
            [new Figure("p50 µs", Better.Less), new Figure("p99 µs", Better.Less)],
            Run)
        {
            Check = server => EventCheck.Run(server.Port),
            WarmUp = contestant => Run(contestant)[0],
        },
    ];

    private static double[] Run(Contestant contestant) => Room.Enter(contestant.Server, 1, slow: 0, room =>
    {
        var times = new Histogram();
        for (var i = 0; i < Events; i++)
        {
            room.Rest(Space);
            times.Add(room.Deliver(1, Size).Last);
        }
        return new[] { times.Percentile(0.5).TotalMicroseconds, times.Percentile(0.99).TotalMicroseconds };
    });
}
