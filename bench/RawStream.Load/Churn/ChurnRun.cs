using System.Diagnostics;
using RawStream.Load.Trial;

namespace RawStream.Load.Churn;

/// <summary>What has come of a churn.</summary>
internal sealed record ChurnResult(TimeSpan Time, Ledger Ledger, IReadOnlyList<Moment> Moments, IReadOnlyList<Check> Checks)
{
    public bool Holds => Checks.All(check => check.Holds);
}

/// <summary>Connections by several threads. The server is looked at when a tenth of them has come and gone, a half, and all: the others must not leave anything.</summary>
internal sealed class ChurnRun(Site site, int connections)
{
    private const int Threads = 8;
    private const int ProgressEvery = 50_000;
    private const double Share = 0.1;
    private const double Memory = 8e6;
    private const double Managed = 1e6;
    private const double Handles = 10;

    // What ArrayPool.Shared keeps for each core once so many were in use at a time: 32 arrays of each size, half of it those of 64 KiB.
    private const double Pooled = 4e6;

    private static readonly TimeSpan RestPatience = TimeSpan.FromSeconds(15);

    private readonly Ledger _ledger = new();
    private int _next = -1;

    public Action<string> Progress { get; init; } = _ => { };

    public async Task<ChurnResult> RunAsync()
    {
        var moments = new List<Moment>();
        var time = TimeSpan.Zero;
        foreach (var upTo in new[] { Math.Max(1, connections / 10), Math.Max(1, connections / 2), connections })
        {
            var start = Stopwatch.GetTimestamp();
            Visit(upTo, start);
            time += Stopwatch.GetElapsedTime(start);
            moments.Add(new Moment($"after {TrialReport.Number(upTo)}", await RestAsync()));
        }
        return new ChurnResult(time, _ledger, moments, Checks(moments[0].Vitals, moments[1].Vitals, moments[2].Vitals));
    }

    /// <summary>Up to the connection with that number.</summary>
    private void Visit(int upTo, long start)
    {
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(() => new Visitor(site.Clear, _ledger).Run(() => Next(upTo, start)))).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        _next = upTo - 1;
    }

    private int? Next(int upTo, long start)
    {
        var number = Interlocked.Increment(ref _next);
        if (number >= upTo) return null;
        if (number > 0 && number % ProgressEvery == 0)
        {
            var server = Vitals.FromProcess(site.Process);
            Progress($"{Stopwatch.GetElapsedTime(start).TotalSeconds,5:F0} s  {number} connections; server {TrialReport.Megabytes(server.Resident)}, {server.Handles} handles");
        }
        return number;
    }

    private async Task<Vitals> RestAsync()
    {
        var start = Stopwatch.GetTimestamp();
        while ((await Vitals.TakeAsync(site)).Open > 0 && Stopwatch.GetElapsedTime(start) < RestPatience) await Task.Delay(100);
        return await Vitals.TakeAsync(site, collect: true);
    }

    private Check[] Checks(Vitals first, Vitals half, Vitals last) =>
    [
        new("every answer was right", !_ledger.Broken.Any(), $"{TrialReport.Number(_ledger.Requests)} answers"),
        new("no error that nobody asked for", !_ledger.Unexpected.Any(), $"{_ledger.Unexpected.Sum(kind => kind.Value)} errors"),
        new("the server has logged no error", !last.Errors.Any(), string.Join(", ", last.Errors.Select(error => $"{error.Value} {error.Key}"))),
        Check.None("connections after it", last.Open),
        Check.None("handlers after it", last.Handlers),
        Check.NotAbove("handles since a tenth", last.Handles, first.Handles, 0, Handles, TrialReport.Number),
        Check.NotAbove("managed heap since a tenth", last.Managed, first.Managed, Share, Managed + Pooled, TrialReport.Megabytes),
        Check.NotAbove("managed heap since half", last.Managed, half.Managed, Share, Managed, TrialReport.Megabytes),
        Check.NotAbove("resident memory since a tenth", last.Resident, first.Resident, Share, Memory + Pooled, TrialReport.Megabytes),
        Check.NotAbove("resident memory since half", last.Resident, half.Resident, Share, Memory, TrialReport.Megabytes),
    ];
}
