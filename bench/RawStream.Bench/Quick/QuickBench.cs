using System.Diagnostics;

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
        PinLoad();
        var servers = options.Peers.Select(ServerProcess.Start).ToArray();
        try
        {
            Console.WriteLine(Row("", [.. options.Peers, "RawStream/Kestrel"]));
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

    /// <summary>On Linux this moves the calling thread, which is the one that makes the load.</summary>
    private static void PinLoad()
    {
        if (OperatingSystem.IsLinux() && Environment.ProcessorCount > 1)
            Process.GetCurrentProcess().ProcessorAffinity = 1 << 1;
    }

    private static void Report(Measure measure, ServerProcess[] servers, QuickOptions options)
    {
        foreach (var server in servers)
        {
            measure.Check(server);
            measure.Run(server, WarmUp);
        }
        var runs = servers.Select(_ => new List<Outcome>()).ToArray();
        for (var run = 0; run < options.Runs; run++)
            for (var i = 0; i < servers.Length; i++)
                runs[i].Add(measure.Run(servers[i], options.Time));

        PrintRates(measure, options.Peers, [.. runs.Select(outcomes => outcomes.Select(measure.Rate).ToArray())]);
        PrintServerTimes(options.Peers, [.. runs.Select(outcomes => Median([.. outcomes.Select(Measure.ServerMicroseconds)]))]);
    }

    private static void PrintRates(Measure measure, string[] peers, double[][] rates)
    {
        var medians = rates.Select(Median).ToArray();
        var ratio = Best(peers, "rawstream", medians, Enumerable.Max) / Best(peers, "kestrel", medians, Enumerable.Max);
        Console.WriteLine(Row(measure.Title, [.. rates.Select(Describe), Describe(ratio)]));
    }

    /// <summary>Less noisy than the rates on a machine that does other work too.</summary>
    private static void PrintServerTimes(string[] peers, double[] times)
    {
        var ratio = Best(peers, "rawstream", times, Enumerable.Min) / Best(peers, "kestrel", times, Enumerable.Min);
        Console.WriteLine(Row("  server CPU, µs each", [.. times.Select(time => $"{time:G3}     "), Describe(ratio)]));
    }

    private static double Best(string[] peers, string family, double[] values, Func<IEnumerable<double>, double> best)
    {
        var members = values.Where((_, i) => peers[i].StartsWith(family, StringComparison.Ordinal)).ToArray();
        return members.Length > 0 ? best(members) : double.NaN;
    }

    private static string Describe(double ratio) => double.IsNaN(ratio) ? "" : $"{ratio:F2}";

    /// <summary>The median, and how far the runs lie apart.</summary>
    private static string Describe(double[] rates)
    {
        var median = Median(rates);
        return $"{median:G4} ±{(rates.Max() - rates.Min()) / 2 / median * 100,2:F0}%";
    }

    private static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Row(string title, string[] cells) => $"{title,-30}{string.Concat(cells.Select(cell => $"{cell,18}"))}";
}
