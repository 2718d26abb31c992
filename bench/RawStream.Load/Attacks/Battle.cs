using System.Diagnostics;
using System.Net.Sockets;
using RawStream.Load.Report;
using RawStream.Load.Trial;

namespace RawStream.Load.Attacks;

/// <summary>What came of an attack.</summary>
/// <param name="Attack">Which one.</param>
/// <param name="Quiet">What a healthy client saw before: the median of the windows.</param>
/// <param name="Attacked">What it saw meanwhile.</param>
/// <param name="Gone">Whether all attackers were gone in time, and when.</param>
/// <param name="Failure">What has happened to a healthy client; null for nothing.</param>
internal sealed record Outcome(Attack Attack, Health Quiet, Health Attacked, Check? Gone, string? Failure)
{
    // Less than this is what another process on the core costs.
    private const double UnnoticedPlaintext = 5;
    private const double UnnoticedTick = 10;

    public double PlaintextRatio => Attacked.Plaintext / Quiet.Plaintext;

    public double TickRatio => Attacked.Tick / Quiet.Tick;

    public bool IsWithinTwice => PlaintextRatio <= 2 && TickRatio <= 2;

    public bool IsHarmless => Failure is null
        && (PlaintextRatio <= 2 || Attacked.Plaintext <= UnnoticedPlaintext)
        && (TickRatio <= 2 || Attacked.Tick <= UnnoticedTick);

    public bool Holds => IsHarmless && Gone is null or { Holds: true };
}

/// <summary>Quiet windows and windows under attack in turn, so that a noisy minute hits both; and then, how long attackers last.</summary>
internal sealed class Battle(Attack attack, Site site, int pairs)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Gather = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    public Outcome Fight()
    {
        var (quiet, attacked) = (new List<Health>(), new List<Health>());
        string? failure = null;
        try
        {
            using var client = new HealthyClient(site.Clear);
            client.Watch(Window); // To warm up.
            for (var pair = 0; pair < pairs; pair++)
            {
                quiet.Add(client.Watch(Window));
                using var mob = new Mob(attack.Tactic, site.Clear, comesBack: true);
                client.Watch(Gather);
                attacked.Add(client.Watch(Window));
            }
        }
        catch (Exception e) when (e is SocketException or InvalidDataException)
        {
            failure = e.Message;
        }
        return new Outcome(attack, Median(quiet), Median(attacked), attack.GoneAfter is { } timeout ? AwaitGone(timeout) : null, failure);
    }

    /// <summary>The same once more, and nobody comes back.</summary>
    private Check AwaitGone(TimeSpan timeout)
    {
        using var mob = new Mob(attack.Tactic, site.Clear, comesBack: false);
        while (!mob.IsComplete) Thread.Sleep(1);
        var start = Stopwatch.GetTimestamp();
        while (mob.Left > 0 && Stopwatch.GetElapsedTime(start) < timeout + Grace) Thread.Sleep(10);
        var time = Stopwatch.GetElapsedTime(start);
        return new Check("gone", mob.Left == 0, $"{attack.Tactic.Attackers - mob.Left} of {attack.Tactic.Attackers} after {time.TotalSeconds:F1} s");
    }

    private static Health Median(List<Health> windows) =>
        new(Statistics.Median(windows.Select(window => window.Plaintext)), Statistics.Median(windows.Select(window => window.Tick)));
}
