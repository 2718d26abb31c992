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
        var values = contestants.Select(_ => new List<double[]>()).ToArray();
        var dropped = contestants.Select(_ => new List<string>()).ToArray();
        var isOut = contestants.Select((one, i) => !Try(() => Prepare(one), dropped[i])).ToArray();
        for (var run = 1; run <= runs; run++)
        {
            for (var i = 0; i < contestants.Count; i++)
            {
                if (isOut[i]) continue;
                Progress.Show($"{measure.Name}: {table.Title}: run {run} of {runs}: {contestants[i].Name}");
                Try(() => values[i].Add(table.Run(contestants[i])), dropped[i]);
            }
        }
        return new CaseResult(measure.Name, table.Title, table.Figures,
            [.. contestants.Select((one, i) => new PeerResult(one.Name, values[i], dropped[i]))]);
    }

    private void Prepare(Contestant contestant)
    {
        Progress.Show($"{measure.Name}: {table.Title}: warm-up: {contestant.Name}");
        table.Check?.Invoke(contestant.Server);
        if (table.WarmUp is not null) WarmUp(contestant, table.WarmUp);
    }

    /// <summary>Until the last three samples are within a tenth of each other, or the time for it is up.</summary>
    private void WarmUp(Contestant contestant, Func<Contestant, double> sample)
    {
        var (start, atLeast) = (Stopwatch.GetTimestamp(), contestant.IsWarm ? TimeSpan.Zero : scale.WarmUpAtLeast);
        var samples = new List<double>();
        do samples.Add(sample(contestant));
        while (Stopwatch.GetElapsedTime(start) is var time && time < scale.WarmUpAtMost && (time < atLeast || !IsSteady(samples)));
        contestant.IsWarm = true;
    }

    private static bool IsSteady(List<double> samples)
    {
        if (samples.Count < SteadySamples) return false;
        var last = samples.TakeLast(SteadySamples).ToArray();
        return last.Max() <= last.Min() * (1 + SteadyWithin);
    }

    private bool Try(Action action, List<string> dropped)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or SocketException or PeerMissingException or Win32Exception or InvalidOperationException)
        {
            dropped.Add(e.Message);
            return false;
        }
    }
}
