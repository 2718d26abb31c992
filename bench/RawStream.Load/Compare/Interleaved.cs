using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using RawStream.Load.Peers;

namespace RawStream.Load.Compare;

/// <summary>
/// Fills in a table: every peer is checked and warmed up, and then the peers' runs are taken in turn, so that a noisy minute hits
/// all of them. A run that failed, or whose framing was wrong, is dropped, and the reason kept.
/// </summary>
internal sealed class Interleaved(Measure measure, Case table, Scale scale)
{
    private const int SteadySamples = 3;
    private const double SteadyWithin = 0.1;

    public CaseResult Run(IReadOnlyList<Contestant> contestants)
    {
        var runs = Math.Min(scale.Runs, table.MaxRuns);
        var entries = contestants.Select(contestant => new Entry(contestant)).ToArray();
        foreach (var entry in entries) Attempt(entry, "warm-up", () => Prepare(entry.Contestant));
        for (var run = 1; run <= runs; run++)
            foreach (var entry in entries.Where(entry => !entry.IsOut))
                Attempt(entry, $"run {run} of {runs}", () => entry.Runs.Add(Measure(entry.Contestant)));
        return new CaseResult(measure.Name, table,
            [.. entries.Select(entry => new PeerResult(entry.Contestant.Name, entry.Runs, entry.Dropped))]);
    }

    private void Prepare(Contestant contestant)
    {
        table.Check?.Invoke(contestant.Server);
        if (table.WarmUp is not null) WarmUp(contestant, table.WarmUp);
    }

    private double[] Measure(Contestant contestant)
    {
        if (!contestant.IsWarm && table.WarmUp is not null) WarmUp(contestant, table.WarmUp);
        return table.Run(contestant);
    }

    /// <summary>Until the last three samples are within a tenth of each other, or the time for it is up.</summary>
    private void WarmUp(Contestant contestant, Func<Contestant, double> sample)
    {
        var start = Stopwatch.GetTimestamp();
        var (atLeast, atMost) = contestant.IsWarm ? (TimeSpan.Zero, scale.WarmUpAtMost / 4) : (scale.WarmUpAtLeast, scale.WarmUpAtMost);
        var samples = new List<double>();
        do samples.Add(sample(contestant));
        while (Stopwatch.GetElapsedTime(start) is var time && time < atMost && (time < atLeast || !IsSteady(samples)));
        contestant.IsWarm = true;
    }

    private static bool IsSteady(List<double> samples)
    {
        if (samples.Count < SteadySamples) return false;
        var last = samples.TakeLast(SteadySamples).ToArray();
        return last.Max() <= last.Min() * (1 + SteadyWithin);
    }

    /// <summary>A server that has failed is not used again; a new one takes its place.</summary>
    private void Attempt(Entry entry, string step, Action action)
    {
        Progress.Show($"{measure.Name}: {table.Title}: {step}: {entry.Contestant.Name}");
        try
        {
            action();
        }
        catch (Exception e) when (IsFailure(e))
        {
            entry.Dropped.Add(e.Message);
            entry.Contestant.Dispose();
        }
    }

    /// <summary>Of the server, or of what is between it and the client.</summary>
    private static bool IsFailure(Exception e) => e
        is InvalidDataException or IOException or SocketException or PeerMissingException or Win32Exception or InvalidOperationException;

    /// <summary>A peer in this table.</summary>
    private sealed record Entry(Contestant Contestant)
    {
        // A peer that cannot do it is not to cost half a minute a run.
        private const int MostFailures = 2;

        public List<double[]> Runs { get; } = [];

        public List<string> Dropped { get; } = [];

        public bool IsOut => Dropped.Count >= MostFailures;
    }
}
