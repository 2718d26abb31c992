using RawStream.Load.Subject;

namespace RawStream.Load.Churn;

/// <summary>The command line of <c>churn</c>.</summary>
internal sealed record ChurnOptions(int Connections, HttpTransport[] Transports, string Out)
{
    /// <exception cref="ArgumentException">The command line is wrong; the message says how.</exception>
    public static ChurnOptions Parse(string[] args)
    {
        var options = new ChurnOptions(1_000_000, [SubjectOptions.Default.Transport], Repository.Path("bench/results"));
        foreach (var (option, value) in Arguments.Pairs(args)) options = options.With(option, value);
        return options;
    }

    private ChurnOptions With(string option, string value) => option switch
    {
        "--connections" => this with { Connections = Arguments.Number(option, value) },
        "--transport" => this with { Transports = Arguments.Transports(option, value) },
        "--out" => this with { Out = value },
        _ => throw new ArgumentException($"there is no option {option}; see help"),
    };
}
