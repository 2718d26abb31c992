using System.Diagnostics;
using RawStream.Load.Trial;

namespace RawStream.Load.Soak;

/// <summary>What has come of a soak.</summary>
/// <param name="Time">How long the clients worked.</param>
/// <param name="Ledger">What they saw.</param>
/// <param name="Moments">The server at start, at half time, at the end, and at rest after it.</param>
/// <param name="Checks">What had to hold.</param>
internal sealed record SoakResult(TimeSpan Time, Ledger Ledger, IReadOnlyList<Moment> Moments, IReadOnlyList<Check> Checks)
{
    public bool Holds => Checks.All(check => check.Holds);
}

/// <summary>A soak of a server, wherever that is.</summary>
internal sealed class SoakRun(Site site, TimeSpan time)
{
    // A handler that does not heed its client takes 2 s, and a client that does not read is cut after twice 5 s.
    private static readonly TimeSpan RestPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ProgressPeriod = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestSamplePeriod = TimeSpan.FromSeconds(2);

    private readonly Ledger _ledger = new();
    private readonly List<Vitals> _samples = [];
    private readonly List<Vitals> _collected = []; // Their garbage was collected before.
    private readonly List<Moment> _moments = [];

    public Action<string> Progress { get; init; } = _ => { };

    public IReadOnlyList<Worker> Workers { get; init; } = Worker.All;

    public int Seed { get; init; } = Environment.TickCount;

    public async Task<SoakResult> RunAsync()
    {
        await RememberAsync("at start");
        using var stop = new CancellationTokenSource();
        var start = Stopwatch.GetTimestamp();
        var working = new Crew(site, _ledger, Seed).WorkAsync(Workers, stop.Token);
        await WatchAsync(start, time / 2);
        await RememberAsync("at half time");
        await WatchAsync(start, time);
        await RememberAsync("at the end");
        var worked = Stopwatch.GetElapsedTime(start);
        await stop.CancelAsync();
        await working;
        await RestAsync();
        return new SoakResult(worked, _ledger, _moments, new SoakVerdict(time, _ledger, _moments, _samples, _collected, Workers).Checks());
    }

    private async Task RememberAsync(string name) => _moments.Add(new Moment(name, await Vitals.TakeAsync(site, collect: true)));

    private async Task WatchAsync(long start, TimeSpan until)
    {
        var period = time / 100 < LongestSamplePeriod ? time / 100 : LongestSamplePeriod;
        var last = Stopwatch.GetElapsedTime(start);
        while (Stopwatch.GetElapsedTime(start) is var now && now < until)
        {
            await Task.Delay(until - now < period ? until - now : period);
            var sample = Vitals.FromProcess(site.Process);
            _samples.Add(sample);
            if (now - last < ProgressPeriod) continue;
            last = now;
            _collected.Add(await Vitals.TakeAsync(site, collect: true));
            Progress($"{now.TotalSeconds,5:F0} s  {_ledger.Requests} requests, {_ledger.Chunks} chunks, {TrialReport.Megabytes(_ledger.Bytes)}, "
                + $"{_ledger.Unexpected.Sum(kind => kind.Value)} unexpected, {_ledger.Broken.Sum(kind => kind.Value)} broken; "
                + $"server {TrialReport.Megabytes(sample.Resident)}, {sample.Handles} handles, {sample.Threads} threads");
        }
    }

    /// <summary>Waits until the server has noticed that all are gone, or should have.</summary>
    private async Task RestAsync()
    {
        var start = Stopwatch.GetTimestamp();
        while (await Vitals.TakeAsync(site) is var vitals
            && (vitals.Open, vitals.Handlers, vitals.Of("subscribers")) != (0, 0, 0)
            && Stopwatch.GetElapsedTime(start) < RestPatience)
        {
            await Task.Delay(100);
        }
        await RememberAsync("at rest after it");
    }
}
