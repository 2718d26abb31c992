using System.Diagnostics;
using RawStream.Load.Client;
using RawStream.Load.Compare;
using RawStream.Load.Peers;
using RawStream.Load.Wire;

namespace RawStream.Load.Measures;

/// <summary>Very many open streams are closed at once: how long until the server's last handler has stopped, by its own count.</summary>
internal static class Disconnect
{
    private const int Streams = 1000;
    private const int WarmUpStreams = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly Figure[] Figures = [new("ms until the last has stopped", Better.Less)];

    public static IEnumerable<Case> Cases(Scale scale) =>
        [With("FIN", streams => streams.Close()), With("RST", streams => streams.Reset())];

    private static Case With(string how, Action<StreamSet> close) => new(
        $"{Streams} ticking streams closed at once by {how}", Figures, contestant => [Run(contestant.Server, Streams, close)])
    {
        Check = server => TickCheck.Run(server.Port),
        WarmUp = contestant => Run(contestant.Server, WarmUpStreams, close),
    };

    private static double Run(ServerProcess server, int count, Action<StreamSet> close)
    {
        using var active = new Publisher(server.Port, "/active");
        Await(active, 0); // Of the run before.
        using var streams = new StreamSet(server.Port, "/tick?ms=1000");
        streams.Connect(count);
        Await(active, count);

        var start = Stopwatch.GetTimestamp();
        close(streams);
        return Await(active, 0, start).TotalMilliseconds;
    }

    private static TimeSpan Await(Publisher active, int streams, long start = 0)
    {
        if (start == 0) start = Stopwatch.GetTimestamp();
        while (active.Count() is var counted && counted != streams)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new InvalidDataException($"after {Patience.TotalSeconds} s, {counted} of the streams are still open");
            Task.Delay(1).Wait(); // The question takes the server's time too.
        }
        return Stopwatch.GetElapsedTime(start);
    }
}
