using RawStream.Load.Client;
using RawStream.Load.Report;
using RawStream.Load.Trial;

namespace RawStream.Load.Attacks;

/// <summary>What healthy clients notice of each attack, and how long the attackers last.</summary>
internal static class AttackCommand
{
    public static int Run(AttackOptions options)
    {
        Processor.PinLoad();
        bool[] held = [.. options.Transports.Select(transport => Holds(options, transport))]; // Each is run, whatever became of the one before.
        return held.All(holds => holds) ? 0 : 1;
    }

    private static bool Holds(AttackOptions options, HttpTransport transport)
    {
        var outcomes = new List<Outcome>();
        SubjectProcess? shared = null;
        try
        {
            foreach (var attack in AttackList.All.Where(attack => options.Only.Length == 0 || options.Only.Contains(attack.Name)))
            {
                if (shared is { HasEnded: true }) throw new InvalidDataException("the server has died");
                using var own = attack.NeedsOwnServer ? Start(attack, transport) : null;
                var subject = own ?? (shared ??= Start(attack, transport));
                outcomes.Add(new Battle(attack, subject.Site, options.Pairs).Fight());
                Console.Error.WriteLine(string.Join("  ", Cells(outcomes[^1])));
            }
        }
        finally
        {
            shared?.Dispose();
        }
        Report(outcomes, transport).Publish(options.Out, $"attack-{transport.ToString().ToLowerInvariant()}");
        return outcomes.TrueForAll(outcome => outcome.Holds);
    }

    private static SubjectProcess Start(Attack attack, HttpTransport transport) =>
        SubjectProcess.Start(attack.Server with { Transport = transport }, attack.Descriptors);

    private static TrialReport Report(List<Outcome> outcomes, HttpTransport transport) => new TrialReport($"attacks, {transport.ToString().ToLowerInvariant()}")
        .Line($"{Processor.Arrangement}. Milliseconds: medians of windows of 1.5 s, quiet and attacked in turn.\n")
        .Table([
            ["attack", "/plaintext p99 quiet", "attacked", "ratio", "worst tick quiet", "attacked", "ratio", "attackers gone", "verdict"],
            .. outcomes.Select(Cells),
        ])
        .Table([["attack", "what is done"], .. outcomes.Select(outcome => new[] { outcome.Attack.Name, outcome.Attack.What })]);

    private static string[] Cells(Outcome outcome) =>
    [
        outcome.Attack.Name,
        Cell.Number(outcome.Quiet.Plaintext), Cell.Number(outcome.Attacked.Plaintext), Cell.Ratio(outcome.PlaintextRatio),
        Cell.Number(outcome.Quiet.Tick), Cell.Number(outcome.Attacked.Tick), Cell.Ratio(outcome.TickRatio),
        outcome.Gone is { } gone ? gone.Holds ? gone.Detail : $"**{gone.Detail}**" : Cell.None,
        Verdict(outcome),
    ];

    private static string Verdict(Outcome outcome)
    {
        if (outcome.Failure is { } failure) return $"**{failure}**";
        if (outcome.IsWithinTwice) return "within twice";
        return outcome.IsHarmless ? "more than twice, and still little" : "**more than twice**";
    }
}
