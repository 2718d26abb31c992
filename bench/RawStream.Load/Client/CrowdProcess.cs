using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using RawStream.Load.Peers;

namespace RawStream.Load.Client;

/// <summary><c>run</c> in a process of its own, for more connections than one process may have. It tells of each second.</summary>
internal sealed partial class CrowdProcess : IDisposable
{
    private readonly Process _process;
    private readonly int _connections;

    /// <param name="url">What is asked for.</param>
    /// <param name="connections">By how many.</param>
    /// <param name="atMost">It ends by itself after that.</param>
    public CrowdProcess(string url, int connections, TimeSpan atMost)
    {
        _connections = connections;
        var seconds = string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(atMost.TotalSeconds)}s");
        var command = PeerList.Self("run", url, "--connections", connections.ToString(CultureInfo.InvariantCulture), "--for", seconds, "--json").Command;
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    /// <summary>Waits until all connections are open.</summary>
    public void AwaitOpen()
    {
        while (Next().Open < _connections)
        {
            // Another second.
        }
    }

    /// <summary>Waits until its next second is over: how many frames have come in it, on all connections.</summary>
    /// <exception cref="InvalidDataException">Not all of them were open, or its time is up.</exception>
    public long NextFrames()
    {
        var (open, frames) = Next();
        return open == _connections ? frames : throw new InvalidDataException($"{open} of {_connections} streams are open");
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private (int Open, long Frames) Next()
    {
        var line = _process.StandardError.ReadLine() ?? throw new InvalidDataException("a client has ended before all streams were open and watched");
        return Second().Match(line) is { Success: true } second
            ? (int.Parse(second.Groups[1].ValueSpan, CultureInfo.InvariantCulture), long.Parse(second.Groups[2].ValueSpan, CultureInfo.InvariantCulture))
            : throw new InvalidDataException(line);
    }

    [GeneratedRegex(@"s  (\d+) open, (\d+) frames")]
    private static partial Regex Second();
}
