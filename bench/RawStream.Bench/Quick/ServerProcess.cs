using System.Diagnostics;
using System.Globalization;

namespace RawStream.Bench.Quick;

/// <summary>A peer in a process of its own, on core 0 where <c>taskset</c> can put it there.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(string peer, Process process, int port) => (Peer, _process, Port) = (peer, process, port);

    public string Peer { get; }

    public int Port { get; }

    /// <summary>The processor time that the server has used, over all its threads.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>
    /// The memory that the server's process has in the machine, on Linux: from <c>smaps_rollup</c>, since the shorter files under
    /// <c>/proc</c> are behind by what each core has not yet added up.
    /// </summary>
    public long ResidentBytes => 1024 * File.ReadLines($"/proc/{_process.Id}/smaps_rollup")
        .Where(line => line.StartsWith("Rss:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture))
        .First();

    public static ServerProcess Start(string peer)
    {
        string[] command = [.. Pin(), .. Self(), "serve", peer, "0", "--until-eof"];
        var process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var ready = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{peer} did not start.");
        return new ServerProcess(peer, process, new Uri(ready.Split(' ')[^1]).Port);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5))) _process.Kill();
        _process.Dispose();
    }

    /// <summary>Pinned from its start on, so that the runtime sizes its pools for one core.</summary>
    private static string[] Pin() => Environment.ProcessorCount > 1 && HasTaskset() ? ["taskset", "-c", "0"] : [];

    private static bool HasTaskset() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "taskset")));

    /// <summary>This program again: its own executable, or the dotnet command and the program's file.</summary>
    private static string[] Self() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [Environment.ProcessPath!, typeof(ServerProcess).Assembly.Location]
        : [Environment.ProcessPath!];
}
