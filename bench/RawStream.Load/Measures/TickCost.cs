using RawStream.Load.Client;
using RawStream.Load.Compare;
using RawStream.Load.Peers;

namespace RawStream.Load.Measures;

/// <summary>What a tick costs the server, by the number of streams that tick once a second; and what a stream costs in memory.</summary>
internal static class TickCost
{
    /// <summary>How the titles begin; the number of streams follows. The line chart goes by it.</summary>
    public const string Title = "streams ticking once a second: ";

    // With fewer streams, the server's own memory varies more.
    private const int LeastForMemory = 100;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private static readonly Figure[] Figures =
        [new("server µs/tick", Better.Less), new("RSS bytes/stream", Better.Less), new("server cores")];

    public static IEnumerable<Case> Cases(Scale scale) => scale.Streams
        .Where(DescriptorLimit.Allows)
        .Select(streams => new Case($"{Title}{streams}", Figures, contestant => Run(contestant.Peer, streams, scale)) { MaxRuns = 3 });

    /// <summary>A server of its own: its memory is looked at.</summary>
    private static double[] Run(Peer peer, int count, Scale scale)
    {
        using var server = ServerProcess.Start(peer);
        WarmUp(server, scale);
        var before = server.ResidentBytes;

        using var streams = new StreamSet(server.Port, $"/tick?ms={Period.TotalMilliseconds}");
        streams.Connect(count);
        streams.ReadFor(Period);

        var ticks = -streams.Streams.Sum(stream => stream.Reader.Frames);
        var serverTime = new ServerTime(server);
        streams.ReadFor(scale.Ticks * Period);
        ticks += streams.Streams.Sum(stream => stream.Reader.Frames);
        if (ticks == 0) throw new InvalidDataException("no stream ticked");

        var microseconds = serverTime.MicrosecondsEach(ticks);
        var memory = count < LeastForMemory ? double.NaN : (double)(server.ResidentBytes - before) / count;
        return [microseconds, memory, microseconds * ticks / (scale.Ticks * Period).TotalMicroseconds];
    }

    private static void WarmUp(ServerProcess server, Scale scale)
    {
        using var streams = new StreamSet(server.Port, "/tick?ms=10");
        streams.Connect(LeastForMemory);
        streams.ReadFor(scale.WarmUpAtLeast);
    }
}
