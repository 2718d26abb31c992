using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;

namespace RawStream.Host;

// command-line = [ "serve" ] *option
// option       = flag / name SP value / name "=" value
//
//   serve --port 8000 --static=./site --trace

/// <summary>What the command line asks for. Parsing does no I/O.</summary>
internal sealed record CommandLine
{
    public const string Help = """
        RawStream: a streaming HTTP server for .NET, written from the socket up.

        Usage: RawStream.Host [serve] [options]

        Options:
          --port N           Port to listen on, 0 for any free one (default: 8000)
          --host HOST        localhost, * for every address, or an IP address (default: localhost)
          --static DIR       Also serve the files in DIR
          --cert FILE        Speak HTTPS with this certificate (PEM), which is read anew when it changes
          --key FILE         The private key of the certificate (PEM)
          --dev-cert         Speak HTTPS with a certificate made for this run, which no client trusts
          --transport NAME   sockets, or on Linux epoll: faster, but handlers must not block (default: sockets)
          --drain N          Seconds that open responses may take to finish when it stops (default: 1)
          --trace            Print the bytes on the wire to stderr
          --log-level LEVEL  trace, debug, information, warning, error or none (default: warning)
          --help             Print this text
          --version          Print the version

        Ctrl+C and SIGTERM end streams and let other responses finish, then it exits; a second one exits at once.
        """;

    private const int DrainMax = 3600;

    /// <summary>0 to 65535; 0 asks for any free port.</summary>
    public int Port { get; init; } = 8000;

    /// <summary><c>localhost</c>, <c>*</c>, or an IP address without brackets.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>As given; whether it exists was not looked at.</summary>
    public string? StaticFolder { get; init; }

    /// <summary>As given, both or none; what is in them was not looked at.</summary>
    public string? CertificateFile { get; init; }

    /// <inheritdoc cref="CertificateFile"/>
    public string? KeyFile { get; init; }

    public bool UseDevelopmentCertificate { get; init; }

    public HttpTransport Transport { get; init; }

    /// <summary>Whole seconds, 1 to 3600.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(1);

    public bool Trace { get; init; }

    public LogLevel LogLevel { get; init; } = LogLevel.Warning;

    public bool ShowHelp { get; init; }

    public bool ShowVersion { get; init; }

    /// <summary>One line that says what is wrong, or null. When it is set, nothing else is to be believed.</summary>
    public string? Error { get; init; }

    private bool IsDecided => ShowHelp || ShowVersion || Error is not null;

    /// <summary>Reads the arguments from left to right. The first of help, version or a mistake decides.</summary>
    public static CommandLine Parse(string[] args)
    {
        var left = new Queue<string>(args);
        var line = ReadVerb(left);
        while (!line.IsDecided && left.TryDequeue(out var argument))
            line = line.ReadOption(argument, left);
        return line.IsDecided ? line : line.CheckCertificate();
    }

    private static CommandLine ReadVerb(Queue<string> left)
    {
        var line = new CommandLine();
        if (!left.TryPeek(out var verb) || verb.StartsWith('-')) return line;
        left.Dequeue();
        return verb == "serve" ? line : line.Fail($"unknown command '{verb}'; the only one is 'serve'");
    }

    private CommandLine ReadOption(string argument, Queue<string> left)
    {
        var (name, value) = SplitAtEquals(argument);
        return name switch
        {
            "--help" or "--version" or "--trace" or "--dev-cert" => value is null ? SetFlag(name) : Fail($"{name} takes no value"),
            "--port" or "--host" or "--static" or "--cert" or "--key" or "--transport" or "--drain" or "--log-level" =>
                (value ?? NextValue(left)) is { Length: > 0 } given ? SetValue(name, given) : Fail($"{name} needs a value"),
            _ => Fail($"unknown {(name.StartsWith('-') ? "option" : "argument")} '{argument}'; see --help"),
        };
    }

    private static (string Name, string? Value) SplitAtEquals(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    /// <summary>The next argument, unless it is an option: <c>--port --trace</c> forgot the port.</summary>
    private static string? NextValue(Queue<string> left) =>
        left.TryPeek(out var next) && !next.StartsWith("--", StringComparison.Ordinal) ? left.Dequeue() : null;

    private CommandLine SetFlag(string name) => name switch
    {
        "--help" => this with { ShowHelp = true },
        "--version" => this with { ShowVersion = true },
        "--dev-cert" => this with { UseDevelopmentCertificate = true },
        _ => this with { Trace = true },
    };

    private CommandLine SetValue(string name, string value) => name switch
    {
        "--port" => SetPort(value),
        "--host" => SetHost(value),
        "--cert" => this with { CertificateFile = value },
        "--key" => this with { KeyFile = value },
        "--transport" => SetTransport(value),
        "--drain" => SetDrain(value),
        "--log-level" => SetLogLevel(value),
        _ => this with { StaticFolder = value },
    };

    private CommandLine CheckCertificate()
    {
        if (CertificateFile is null != KeyFile is null) return Fail($"{(KeyFile is null ? "--cert needs --key" : "--key needs --cert")}");
        return UseDevelopmentCertificate && CertificateFile is not null ? Fail("--dev-cert and --cert exclude each other") : this;
    }

    private CommandLine SetPort(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= IPEndPoint.MaxPort
            ? this with { Port = port }
            : Fail($"--port must be a number from 0 to 65535, not '{value}'");

    private CommandLine SetDrain(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 1 and <= DrainMax
            ? this with { Drain = TimeSpan.FromSeconds(seconds) }
            : Fail($"--drain must be a number from 1 to {DrainMax}, not '{value}'");

    private CommandLine SetHost(string value)
    {
        if (value is "localhost" or "*") return this with { Host = value };
        return IPAddress.TryParse(value, out var address) && !value.Contains("]:", StringComparison.Ordinal)
            ? this with { Host = address.ToString() }
            : Fail($"--host must be localhost, * or an IP address, not '{value}'");
    }

    private CommandLine SetTransport(string value) => value switch
    {
        "sockets" => this with { Transport = HttpTransport.Sockets },
        "epoll" when OperatingSystem.IsLinux() => this with { Transport = HttpTransport.Epoll },
        "epoll" => Fail("--transport epoll needs Linux"),
        _ => Fail($"--transport must be sockets or epoll, not '{value}'"),
    };

    private CommandLine SetLogLevel(string value)
    {
        LogLevel? level = value switch
        {
            "trace" => LogLevel.Trace,
            "debug" => LogLevel.Debug,
            "information" => LogLevel.Information,
            "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            "none" => LogLevel.None,
            _ => null,
        };
        return level is { } known
            ? this with { LogLevel = known }
            : Fail($"--log-level must be trace, debug, information, warning, error or none, not '{value}'");
    }

    private CommandLine Fail(string error) => this with { Error = error };
}
