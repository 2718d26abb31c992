namespace RawStream.Bench.Quick;

/// <summary>
/// A table to tune by, in about two minutes: each peer in its own process on core 0, the load on core 1, the peers'
/// runs interleaved so that a noisy minute hits all of them, medians. Ratios are worth more than the figures.
/// </summary>
internal static class QuickBench
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    // The runtime compiles what runs often anew, and a server reaches its speed only when that is done: here after two to four seconds.
    private static readonly TimeSpan FirstWarmUp = TimeSpan.FromSeconds(6);

    public static int Run(QuickOptions options)
    {
        Interleaved.PinLoad();
        var servers = options.Peers.Select(ServerProcess.Start).ToArray();
        try
        {
            Console.WriteLine(Table.Row("", [.. options.Peers, Table.Ratio]));
            foreach (var server in servers) Measure.All[0].Run(server, FirstWarmUp);
            foreach (var measure in Measure.All.Where(measure => options.Only.Length == 0 || options.Only.Contains(measure.Name)))
                Report(measure, servers, options);
        }
        finally
        {
            foreach (var server in servers) server.Dispose();
        }
        return 0;
    }

    private static void Report(Measure measure, ServerProcess[] servers, QuickOptions options)
    {
        foreach (var server in servers)
        {
            measure.Check(server);
            measure.Run(server, WarmUp);
        }
        var runs = Interleaved.Run(servers, options.Runs, server => measure.Run(server, options.Time));

        PrintRates(measure, options.Peers, [.. runs.Select(outcomes => outcomes.Select(measure.Rate).ToArray())]);
        PrintServerTimes(options.Peers, [.. runs.Select(outcomes => Table.Median([.. outcomes.Select(Measure.ServerMicroseconds)]))]);
    }

    private static void PrintRates(Measure measure, string[] peers, double[][] rates)
    {
        var ratio = Table.DescribeRatio(peers, [.. rates.Select(Table.Median)], Enumerable.Max);
        Console.WriteLine(Table.Row(measure.Title, [.. rates.Select(Table.Describe), ratio]));
    }

    /// <summary>Less noisy than the rates on a machine that does other work too.</summary>
    private static void PrintServerTimes(string[] peers, double[] times)
    {
        var ratio = Table.DescribeRatio(peers, times, Enumerable.Min);
        Console.WriteLine(Table.Row("  server CPU, µs each", [.. times.Select(time => $"{time:G3}     "), ratio]));
    }
}
