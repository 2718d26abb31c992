using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace RawStream;

/// <summary>How a server is set up. All of it has a default, and is fixed once the server is made.</summary>
public sealed class HttpServerOptions
{
    /// <summary>The TCP port, 8000 by default; 0 takes a free one, which <see cref="HttpServer.Port"/> then tells.</summary>
    public int Port { get; init => field = Bounds.InRange(value, 0, 65535); } = 8000;

    /// <summary>
    /// Where to listen: "localhost" (the default) is both loopback addresses, IPv4 and IPv6; "*" is every address of the machine, both
    /// families; or one IP address. Names are not resolved.
    /// </summary>
    public string Host { get; init; } = "localhost";

    /// <summary>Listens on this Unix domain socket instead of on a port. The file is removed when the server stops.</summary>
    public string? UnixSocketPath { get; init; }

    /// <summary>Makes it an HTTPS server; null, the default, is plain HTTP.</summary>
    public HttpsOptions? Https { get; init; }

    /// <summary>What the server receives and sends with.</summary>
    public HttpTransport Transport { get; init; }

    /// <summary>Every bound.</summary>
    public HttpLimits Limits { get; init; } = new();

    /// <summary>Every timeout.</summary>
    public HttpTimeouts Timeouts { get; init; } = new();

    /// <summary>Where log lines go; nowhere by default.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock of the Date field and of all timeouts.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Is told of each handler that failed, after it was logged. What it returns is sent, if nothing was sent before; null leaves it at the
    /// default, a plain 500, or what a <see cref="BadRequestException"/> says.
    /// </summary>
    public Func<Request, Exception, Response?>? OnError { get; init; }

    /// <summary>Is given every byte of every connection, a line for each line of the wire, control bytes made visible. For learning and debugging: it is slow.</summary>
    public Action<string>? Trace { get; init; }

    internal ILogger CreateLogger() => LoggerFactory.CreateLogger("RawStream");
}
