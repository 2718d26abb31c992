using System.Diagnostics;
using System.Net.Sockets;
using RawStream.Load.Report;
using RawStream.Load.Trial;

namespace RawStream.Load.Attacks;

/// <summary>What came of an attack.</summary>
/// <param name="Attack">Which one.</param>
/// <param name="Quiet">What a healthy client saw before: the median of the windows.</param>
/// <param name="Attacked">What it saw meanwhile.</param>
/// <param name="Gone">Whether the server had let go of all attackers in time, and when.</param>
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
    private const string Gone = "gone";

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Gather = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    /// <summary>How long others may take to leave before attackers are timed.</summary>
    public TimeSpan RestPatience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>What all attackers together may take longer to connect than their rate says.</summary>
    public TimeSpan ConnectingGrace { get; init; } = TimeSpan.FromSeconds(10);

    private int Attackers => attack.Tactic.Attackers;

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
        var gone = attack.GoneAfter is { } timeout ? AwaitGoneAsync(timeout).GetAwaiter().GetResult() : null;
        return new Outcome(attack, Median(quiet), Median(attacked), gone, failure);
    }

    /// <summary>
    /// The same once more, and nobody comes back. Who is gone is what the server says: a client whose window is closed never learns of a reset, because its kernel drops it.
    /// </summary>
    public async Task<Check> AwaitGoneAsync(TimeSpan timeout)
    {
        try
        {
            if (await OpenWithinAsync(RestPatience) is var others and > 0) return NotGone($"{others} others were still open after {RestPatience.TotalSeconds} s");
            using var mob = new Mob(attack.Tactic, site.Clear, comesBack: false);
            var start = Stopwatch.GetTimestamp();
            while (mob.Connected < Attackers && Stopwatch.GetElapsedTime(start) < attack.Tactic.ConnectingTime + ConnectingGrace) await Task.Delay(1);
            if (mob.Connected is var connected && connected < Attackers) return NotGone($"only {connected} of {Attackers} connected after {Seconds(start)}");
            start = Stopwatch.GetTimestamp();
            var left = await OpenWithinAsync(timeout + Grace);
            return new Check(Gone, left == 0, $"{Attackers - left} of {Attackers} after {Seconds(start)}");
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidDataException or TimeoutException or OperationCanceledException)
        {
            return NotGone($"the server does not tell: {e.Message}");
        }
    }

    /// <summary>How many connections the server has, as soon as there is none, or when the time is up.</summary>
    private async Task<long> OpenWithinAsync(TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        long open;
        while ((open = (await Vitals.TakeAsync(site)).Open) > 0 && Stopwatch.GetElapsedTime(start) < time) await Task.Delay(BetweenLooks);
        return open;
    }

    private static string Seconds(long since) => $"{Stopwatch.GetElapsedTime(since).TotalSeconds:F1} s";

    private static Check NotGone(string why) => new(Gone, Holds: false, why);

    private static Health Median(List<Health> windows) =>
        new(Statistics.Median(windows.Select(window => window.Plaintext)), Statistics.Median(windows.Select(window => window.Tick)));
}
