using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using RawStream;
using RawStream.Host;

const int Failed = 1;
const int Misused = 2;
const int FewestWorkers = 4; // A handler that blocks one of them leaves some for the others, on a machine of one core, too.

var line = CommandLine.Parse(args);
if (line.Error is { } mistake) return Report(mistake, Misused);
if (line.ShowHelp) return Print(CommandLine.Help);
if (line.ShowVersion) return Print($"RawStream {typeof(HttpServer).Assembly.GetName().Version?.ToString(3)}");
if (line.StaticFolder is { } folder && !Directory.Exists(folder)) return Report($"--static: no directory '{folder}'", Misused);

HttpsOptions? https;
try
{
    https = Https();
}
catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
{
    return Report($"--cert {line.CertificateFile} --key {line.KeyFile}: {error.Message}", Misused);
}

ThreadPool.GetMinThreads(out var workers, out var completions);
ThreadPool.SetMinThreads(Math.Max(workers, FewestWorkers), completions);

using var log = new ConsoleLog(line.LogLevel);

await using var server = new HttpServer(new HttpServerOptions
{
    Port = line.Port,
    Host = line.Host,
    Https = https,
    Transport = line.Transport,
    Timeouts = new HttpTimeouts { Drain = line.Drain },
    LoggerFactory = log,
    Trace = line.Trace ? Console.Error.WriteLine : null,
});
Demos.Map(server, TimeProvider.System);
if (line.StaticFolder is not null) server.MapFiles("/{*path}", line.StaticFolder);

try
{
    await server.StartAsync();
}
catch (SocketException error)
{
    return Report($"cannot listen on {line.Host} port {line.Port}: {error.Message}", Failed);
}
var running = server.RunAsync(); // From here on it heeds signals: whoever waits for the line may send one at once.
Print($"Listening on {(https is null ? "http" : "https")}://{Authority()}");
log.Prepare();
await running;
return 0;

HttpsOptions? Https()
{
    if (line.UseDevelopmentCertificate) return new HttpsOptions { Certificate = ServerCertificate.SelfSigned() };
    return line.CertificateFile is null ? null : new HttpsOptions { Certificate = ServerCertificate.FromPem(line.CertificateFile, line.KeyFile!) };
}

// Both loopbacks, or all addresses, include this one, and this one can be typed into any client.
string Authority() => line.Host is "localhost" or "*"
    ? $"{IPAddress.Loopback}:{server.Port}"
    : server.EndPoints[0].ToString()!;

static int Print(string text)
{
    Console.Out.WriteLine(text);
    return 0;
}

static int Report(string mistake, int exitCode)
{
    Console.Error.WriteLine($"RawStream.Host: {mistake}");
    return exitCode;
}
