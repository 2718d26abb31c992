using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Microsoft.CodeAnalysis;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Docs;

/// <summary>A program of docs/samples, compiled and started as a process, on a port of its own.</summary>
internal sealed class SampleProcess : IDisposable
{
    private readonly Process _process;

    private SampleProcess(Process process, string folder, int port) => (_process, Folder, Port) = (process, folder, port);

    /// <summary>Where it runs.</summary>
    public string Folder { get; }

    public int Port { get; }

    public Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync().Within();

    /// <param name="name">Of the file, without its extension.</param>
    /// <param name="prepare">What has to be in its folder.</param>
    /// <param name="secret">What its environment variable <c>SECRET</c> holds.</param>
    public static async Task<SampleProcess> StartAsync(string name, Action<string>? prepare = null, string? secret = null)
    {
        var folder = Directory.CreateTempSubdirectory("rawstream-sample-").FullName;
        prepare?.Invoke(folder);
        var port = FreePort();
        var source = await File.ReadAllLinesAsync(Repository.Path($"docs/samples/{name}.cs"));
        var program = string.Join('\n', source.Where(line => !line.StartsWith('#'))).Replace("8000", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var assembly = Path.Combine(folder, "Sample.dll");
        var emitted = Snippet.Compile(program).Emit(assembly);
        Assert.That(emitted.Diagnostics.Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning), Is.Empty);
        foreach (var file in new[] { "RawStream.Core.dll", "Microsoft.Extensions.Logging.Abstractions.dll", "Microsoft.Extensions.DependencyInjection.Abstractions.dll" })
            File.Copy(Path.Combine(AppContext.BaseDirectory, file), Path.Combine(folder, file));
        await File.WriteAllTextAsync(
            Path.Combine(folder, "Sample.runtimeconfig.json"),
            $$"""{ "runtimeOptions": { "framework": { "name": "Microsoft.NETCore.App", "version": "{{Environment.Version}}" } } }""");
        var start = new ProcessStartInfo("dotnet", [assembly]) { WorkingDirectory = folder, RedirectStandardOutput = true, Environment = { ["SECRET"] = secret } };
        var process = Process.Start(start)!;
        var sample = new SampleProcess(process, folder, port);
        await Patience.UntilAsync(() => sample.IsListening || process.HasExited, $"{name} listens");
        return sample;
    }

    /// <summary>Ends it as an operator would, and waits for its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync().Within();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private bool IsListening
    {
        get
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, Port);
                return true;
            }
            catch (SocketException)
            {
                return false; // Not yet.
            }
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
