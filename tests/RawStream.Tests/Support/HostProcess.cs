using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace RawStream.Tests.Support;

/// <summary>The built host, as a process.</summary>
internal sealed class HostProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = [];
    private readonly ConcurrentQueue<string> _errors = [];
    private readonly List<Task> _following = [];

    private HostProcess(string command, IEnumerable<string> arguments)
    {
        _process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Follow(_process.StandardOutput, _output);
        Follow(_process.StandardError, _errors);
    }

    public IReadOnlyList<string> Output => [.. _output];

    public IReadOnlyList<string> Errors => [.. _errors];

    /// <summary>What a script starts in the background ignores SIGINT, and so does whatever that starts.</summary>
    public static bool IgnoresInterrupts
    {
        get
        {
            const string name = "SigIgn:";
            if (!OperatingSystem.IsLinux()) return false;
            var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
            return (ulong.Parse(line.AsSpan(name.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) & 1 << 1) != 0;
        }
    }

    public bool HasExited => _process.HasExited;

    public static HostProcess Start(params string[] arguments) => new(Dotnet, [HostFile, .. arguments, .. TestTransport.HostArguments]);

    /// <summary>With so few file descriptors that they run out.</summary>
    public static HostProcess StartWithLimit(int descriptors, params string[] arguments) =>
        new("bash", ["-c", $"ulimit -n {descriptors}; exec \"$0\" \"$@\"", Dotnet, HostFile, .. arguments, .. TestTransport.HostArguments]);

    /// <summary>The port that it tells.</summary>
    public async Task<int> WaitUntilListeningAsync(string scheme = "http")
    {
        var ready = $"Listening on {scheme}://127.0.0.1:";
        await Patience.UntilAsync(() => Output.Count > 0 || HasExited, "the host prints its line");
        if (!_output.TryPeek(out var line)) throw new InvalidOperationException(string.Join('\n', Errors));
        return int.Parse(line[ready.Length..], NumberStyles.None, CultureInfo.InvariantCulture);
    }

    public Task WaitForErrorLineAsync(string words) =>
        Patience.UntilAsync(() => Errors.Any(line => line.Contains(words, StringComparison.Ordinal)), $"the host says '{words}'");

    /// <summary>The exit code, once all that it printed is here.</summary>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().Within();
        await Task.WhenAll(_following).Within();
        return _process.ExitCode;
    }

    public void Terminate() => Send("TERM");

    /// <summary>By SIGTERM, or by what Ctrl+C sends.</summary>
    public void Stop(bool interrupts) => Send(interrupts ? "INT" : "TERM");

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private void Send(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static string HostFile => Path.Combine(AppContext.BaseDirectory, "RawStream.Host.dll");

    private static string Dotnet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private void Follow(StreamReader stream, ConcurrentQueue<string> lines) => _following.Add(Task.Run(async () =>
    {
        while (await stream.ReadLineAsync() is { } line) lines.Enqueue(line);
    }));
}
