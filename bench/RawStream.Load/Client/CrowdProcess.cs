using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using RawStream.Load.Peers;

namespace RawStream.Load.Client;

/// <summary><c>run</c> in a process of its own: for more connections than one process may have.</summary>
internal sealed class CrowdProcess : IDisposable
{
    private readonly Process _process;
    private readonly int _connections;

    public CrowdProcess(string url, int connections, TimeSpan time)
    {
        _connections = connections;
        var seconds = string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds)}s");
        var command = PeerList.Self("run", url, "--connections", connections.ToString(CultureInfo.InvariantCulture), "--for", seconds, "--json").Command;
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.BeginErrorReadLine(); // Its progress is of no interest, but must not fill the pipe.
    }

    /// <summary>Waits until its time is up. How many frames have come on all connections.</summary>
    /// <exception cref="InvalidDataException">Not all connections were open until the end.</exception>
    public long Await()
    {
        var output = _process.StandardOutput.ReadToEnd();
        _process.WaitForExit();
        if (_process.ExitCode != 0) throw new InvalidDataException("a client has failed");
        using var result = JsonDocument.Parse(output);
        if (result.RootElement.GetProperty("open").GetInt32() != _connections) throw new InvalidDataException($"not all streams were open: {output}");
        return result.RootElement.GetProperty("frames").GetInt64();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
