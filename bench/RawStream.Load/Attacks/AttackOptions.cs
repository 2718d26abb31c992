using RawStream.Load.Subject;

namespace RawStream.Load.Attacks;

/// <summary>The command line of <c>attack</c>.</summary>
internal sealed record AttackOptions(string[] Only, int Pairs, HttpTransport[] Transports, string Out)
{
    private const int UsualPairs = 5;

    /// <exception cref="ArgumentException">The command line is wrong; the message says how.</exception>
    public static AttackOptions Parse(string[] args)
    {
        var options = new AttackOptions([], UsualPairs, [SubjectOptions.Default.Transport], Repository.Path("bench/results"));
        foreach (var (option, value) in Arguments.Pairs(args)) options = options.With(option, value);
        return options;
    }

    private AttackOptions With(string option, string value) => option switch
    {
        "--only" => this with { Only = Arguments.Names(option, value, AttackList.All.Select(attack => attack.Name)) },
        "--pairs" => this with { Pairs = Arguments.Number(option, value) },
        "--transport" => this with { Transports = Arguments.Transports(option, value) },
        "--out" => this with { Out = value },
        _ => throw new ArgumentException($"there is no option {option}; see help"),
    };
}
