namespace RawStream.Load.Subject;

/// <summary>The command line of <c>subject</c>.</summary>
/// <param name="Transport">What the server receives and sends with.</param>
/// <param name="Connections">How many it takes at most.</param>
/// <param name="UntilEndOfInput">It ends when its standard input does.</param>
internal sealed record SubjectOptions(HttpTransport Transport, int Connections, bool UntilEndOfInput)
{
    public static SubjectOptions Default { get; } = new(HttpTransport.Sockets, new HttpLimits().Connections, UntilEndOfInput: false);

    /// <exception cref="ArgumentException">The command line is wrong; the message says how.</exception>
    public static SubjectOptions Parse(string[] args)
    {
        var options = Default;
        foreach (var (option, value) in Arguments.Pairs(args, "--until-eof")) options = options.With(option, value);
        return options;
    }

    /// <summary>The same as a command line.</summary>
    public string[] ToArguments() =>
        ["subject", "--transport", Transport.ToString().ToLowerInvariant(), "--connections", $"{Connections}", "--until-eof"];

    private SubjectOptions With(string option, string value) => option switch
    {
        "--transport" => this with { Transport = Arguments.Transport(option, value) },
        "--connections" => this with { Connections = Arguments.Number(option, value) },
        "--until-eof" => this with { UntilEndOfInput = true },
        _ => throw new ArgumentException($"there is no option {option}; see help"),
    };
}
