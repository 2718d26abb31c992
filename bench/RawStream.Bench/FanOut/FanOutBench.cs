using RawStream.Bench.Quick;

namespace RawStream.Bench.FanOut;

/// <summary>
/// One publisher, very many subscribers: in the manner of the quick bench, each peer in its own process on core 0, the
/// subscribers in one thread on core 1, the peers' runs interleaved, medians. Linux only: the client waits by epoll.
/// </summary>
internal static class FanOutBench
{
    // The runtime compiles what runs often anew, and a server reaches its speed only when that is done.
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(6);

    private const int WarmUpSubscribers = 1000;

    public static int Run(FanOutOptions options)
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("The fan-out bench needs Linux: its client waits for ten thousand sockets by epoll.");
            return 1;
        }
        Interleaved.PinLoad();
        var measures = FanOutMeasure.All(options.Subscribers)
            .Where(measure => options.Only.Length == 0 || options.Only.Contains(measure.Name)).ToList();
        var servers = options.Peers.Select(ServerProcess.Start).ToArray();
        try
        {
            Console.WriteLine(Table.Row("", [.. options.Peers, Table.Ratio]));
            foreach (var server in servers) EventCheck.Run(server.Port);
            if (measures.Exists(measure => measure.NeedsWarmUp)) WarmUp(servers);
            foreach (var measure in measures) Report(measure, servers, options);
        }
        finally
        {
            foreach (var server in servers) server.Dispose();
        }
        return 0;
    }

    private static void WarmUp(ServerProcess[] servers)
    {
        foreach (var server in servers)
            Room.Enter(server, WarmUpSubscribers, slow: 0, room => Burst.WarmUp(room, WarmUpTime));
    }

    private static void Report(FanOutMeasure measure, ServerProcess[] servers, FanOutOptions options)
    {
        var samples = Interleaved.Run(servers, Math.Min(options.Runs, measure.MaxRuns), measure.Run);
        var merged = samples.Select(runs => runs.Any(run => run.IsMerged)).ToArray();
        for (var i = 0; i < measure.Figures.Length; i++)
            Print(measure.Figures[i], options.Peers, merged, [.. samples.Select(runs => runs.Select(run => run.Values[i]).ToArray())]);
        if (merged.Contains(true)) Console.WriteLine("  * not one chunk an event, and so not in the ratio");
    }

    private static void Print(Figure figure, string[] peers, bool[] merged, double[][] values)
    {
        var cells = values.Select((runs, i) => Table.Describe(runs) + (merged[i] ? "*" : ""));
        var comparable = peers.Index().Where(peer => !merged[peer.Index]).Select(peer => peer.Index).ToArray();
        var ratio = figure.Best is null
            ? ""
            : Table.DescribeRatio([.. comparable.Select(i => peers[i])], [.. comparable.Select(i => Table.Median(values[i]))], figure.Best);
        Console.WriteLine(Table.Row(figure.Title, [.. cells, ratio]));
    }
}
