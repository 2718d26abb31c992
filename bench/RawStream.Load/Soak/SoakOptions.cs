using RawStream.Load.Subject;

namespace RawStream.Load.Soak;

/// <summary>The command line of <c>soak</c>.</summary>
internal sealed record SoakOptions(TimeSpan Time, HttpTransport[] Transports, string Out)
{
    /// <exception cref="ArgumentException">The command line is wrong; the message says how.</exception>
    public static SoakOptions Parse(string[] args)
    {
        var options = new SoakOptions(TimeSpan.FromMinutes(10), [SubjectOptions.Default.Transport], Repository.Path("bench/results"));
        foreach (var (option, value) in Arguments.Pairs(args)) options = options.With(option, value);
        return options;
    }

    private SoakOptions With(string option, string value) => option switch
    {
        "--for" => this with { Time = Arguments.Time(option, value) },
        "--transport" => this with { Transports = Arguments.Transports(option, value) },
        "--out" => this with { Out = value },
        _ => throw new ArgumentException($"there is no option {option}; see help"),
    };
}
