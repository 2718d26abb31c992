using RawStream.Load.Report;
using RawStream.Load.Trial;

namespace RawStream.Load.Soak;

/// <summary>What had to hold, and whether it did. The tolerances are here.</summary>
internal sealed class SoakVerdict(
    TimeSpan time, Ledger ledger, IReadOnlyList<Moment> moments, IReadOnlyList<Vitals> samples, IReadOnlyList<Vitals> collected, IReadOnlyList<Worker> workers)
{
    private const double Share = 0.1;
    private const double Memory = 8e6;
    private const double Managed = 2e6;
    private const double Handles = 20;
    private const double Threads = 8;

    // A server that has just started grows: code is compiled, and the heap finds its size.
    private static readonly TimeSpan LeastForGrowth = TimeSpan.FromMinutes(1);

    public IReadOnlyList<Check> Checks()
    {
        var (start, rest) = (moments[0].Vitals, moments[^1].Vitals);
        var idle = workers.Select(worker => worker.Name).Except(ledger.Checked.Select(kind => kind.Key)).ToArray();
        List<Check> checks =
        [
            new("every byte, chunk, order and status was right", !ledger.Broken.Any(), $"{TrialReport.Number(ledger.Bytes)} bytes compared"),
            new("no error that nobody asked for", !ledger.Unexpected.Any(), $"{ledger.Unexpected.Sum(kind => kind.Value)} errors"),
            new("every kind of client was served", idle.Length == 0, idle.Length == 0 ? $"{workers.Count} kinds" : $"not {string.Join(", ", idle)}"),
            new("the server has logged no error", !rest.Errors.Any(), string.Join(", ", rest.Errors.Select(error => $"{error.Value} {error.Key}"))),
            Check.None("connections after it", rest.Open),
            Check.None("handlers after it", rest.Handlers),
            Check.None("subscribers after it", rest.Of("subscribers")),
            Check.NotAbove("handles at rest: before, after", rest.Handles, start.Handles, 0, Handles, TrialReport.Number),
        ];
        if (time >= LeastForGrowth) checks.AddRange(Growth());
        return checks;
    }

    /// <summary>The third quarter and the last one, by the medians of their samples: what is in use at one time, while clients come and go, says little.</summary>
    private IEnumerable<Check> Growth() =>
    [
        Grown("resident memory", samples, sample => sample.Resident, Memory, TrialReport.Megabytes),
        Grown("managed heap", collected, sample => sample.Managed, Managed, TrialReport.Megabytes),
        Grown("handles", samples, sample => sample.Handles, Handles, TrialReport.Number),
        Grown("threads", samples, sample => sample.Threads, Threads, TrialReport.Number),
    ];

    private static Check Grown(string name, IReadOnlyList<Vitals> samples, Func<Vitals, double> value, double some, Func<double, string> show)
    {
        var quarter = samples.Count / 4;
        var third = Statistics.Median(samples.Skip(2 * quarter).Take(quarter).Select(value));
        var last = Statistics.Median(samples.TakeLast(quarter).Select(value));
        return Check.NotAbove($"{name}, third and last quarter", last, third, Share, some, show);
    }
}
