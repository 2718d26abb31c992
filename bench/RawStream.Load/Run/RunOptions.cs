namespace RawStream.Load.Run;

/// <summary>The command line of <c>run</c>.</summary>
internal sealed record RunOptions(Uri Url, int Connections, TimeSpan Time, bool IsJson)
{
    private const int UsualConnections = 100;

    private static readonly TimeSpan UsualTime = TimeSpan.FromSeconds(10);

    /// <exception cref="ArgumentException">The command line is wrong; the message says how.</exception>
    public static RunOptions Parse(string[] args)
    {
        if (args is not [var url, .. var rest]) throw new ArgumentException("run needs a URL; see help");
        var options = new RunOptions(ParseUrl(url), UsualConnections, UsualTime, IsJson: false);
        foreach (var (option, value) in Arguments.Pairs(rest, "--json")) options = options.With(option, value);
        return options;
    }

    private RunOptions With(string option, string value) => option switch
    {
        "--connections" => this with { Connections = Arguments.Number(option, value) },
        "--for" => this with { Time = Arguments.Time(option, value) },
        "--json" => this with { IsJson = true },
        _ => throw new ArgumentException($"there is no option {option}; see help"),
    };

    private static Uri ParseUrl(string url) => Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme == Uri.UriSchemeHttp
        ? parsed
        : throw new ArgumentException($"'{url}' is not an http:// URL");
}
