using RawStream.Load.Client;
using RawStream.Load.Compare;
using RawStream.Load.Peers;

namespace RawStream.Load.Measures;

/// <summary>
/// What a tick costs the server, by the number of streams that tick once a second; and what a stream costs in memory. More streams than the limit of open files allows are dealt out to as many
/// processes of the server, and of the client, as it takes: on the same core, with the same work for each stream.
/// </summary>
internal static class TickCost
{
    /// <summary>How the titles begin; the number of streams follows. The line chart goes by it.</summary>
    public const string Title = "streams ticking once a second: ";

    // With fewer streams, the server's own memory varies more.
    private const int LeastForMemory = 100;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ConnectingPatience = TimeSpan.FromSeconds(30);

    private static readonly Figure[] Figures =
        [new("server µs/tick", Better.Less), new("RSS bytes/stream", Better.Less), new("server cores")];

    private static string Target => $"/tick?ms={Period.TotalMilliseconds}";

    public static IEnumerable<Case> Cases(Scale scale) => scale.Streams.Select(streams => new Case($"{Title}{streams}", Figures, contestant => Run(contestant.Peer, streams, scale)) { MaxRuns = 3 });

    private static double[] Run(Peer peer, int streams, Scale scale)
    {
        var processes = DescriptorLimit.ProcessesFor(streams);
        return processes == 1 ? RunOne(peer, streams, scale) : RunMany(peer, processes, streams / processes, scale);
    }

    /// <summary>A server of its own: its memory is looked at.</summary>
    private static double[] RunOne(Peer peer, int count, Scale scale)
    {
        using var server = ServerProcess.Start(peer);
        WarmUp(server, scale);
        var before = server.ResidentBytes;

        using var streams = new StreamSet(server.Port, Target);
        streams.Connect(count);
        streams.ReadFor(Period);

        var ticks = -streams.Streams.Sum(stream => stream.Reader.Frames);
        var serverTime = new ServerTime(server);
        streams.ReadFor(scale.Ticks * Period);
        ticks += streams.Streams.Sum(stream => stream.Reader.Frames);
        if (ticks == 0) throw new InvalidDataException("no stream ticked");

        var memory = count < LeastForMemory ? double.NaN : (double)(server.ResidentBytes - before) / count;
        return Result(serverTime.MicrosecondsEach(ticks), memory, ticks, scale);
    }

    private static double[] RunMany(Peer peer, int processes, int each, Scale scale)
    {
        var servers = new List<ServerProcess>();
        var clients = new List<CrowdProcess>();
        try
        {
            for (var i = 0; i < processes; i++) servers.Add(ServerProcess.Start(peer));
            foreach (var server in servers) WarmUp(server, scale);
            var before = servers.Sum(server => server.ResidentBytes);

            foreach (var server in servers) clients.Add(new CrowdProcess($"http://127.0.0.1:{server.Port}{Target}", each, ConnectingPatience + (scale.Ticks + 3) * Period));
            foreach (var client in clients) client.AwaitOpen();
            foreach (var client in clients) client.NextFrames(); // All of them have a second without anybody who connects.

            var serverTimes = servers.ConvertAll(server => new ServerTime(server));
            long ticks = 0;
            for (var second = 0; second < scale.Ticks; second++) ticks += clients.Sum(client => client.NextFrames());
            var streams = (long)each * processes;
            if (ticks < (scale.Ticks - 1) * streams) throw new InvalidDataException($"{ticks} ticks of {streams} streams came in {scale.Ticks} s");
            var microseconds = serverTimes.Sum(time => time.MicrosecondsEach(ticks));
            var memory = (double)(servers.Sum(server => server.ResidentBytes) - before) / streams;
            return Result(microseconds, memory, ticks, scale);
        }
        finally
        {
            foreach (var client in clients) client.Dispose();
            foreach (var server in servers) server.Dispose();
        }
    }

    private static double[] Result(double microseconds, double memory, long ticks, Scale scale) =>
        [microseconds, memory, microseconds * ticks / (scale.Ticks * Period).TotalMicroseconds];

    private static void WarmUp(ServerProcess server, Scale scale)
    {
        using var streams = new StreamSet(server.Port, "/tick?ms=10");
        streams.Connect(LeastForMemory);
        streams.ReadFor(scale.WarmUpAtLeast);
    }
}
