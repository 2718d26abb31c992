using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RawStream.Load.Client;

namespace RawStream.Load.Peers;

/// <summary>A peer in a process of its own, on the servers' core.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly HashSet<ServerProcess> Running = [];

    private readonly Process _process;
    private string _complaint = "";

    private ServerProcess(Peer peer, Process process) => (Peer, _process) = (peer, process);

    public Peer Peer { get; }

    public int Port { get; private set; }

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>The processor time that the server has used, over all its threads.</summary>
    public TimeSpan ProcessorTime => Processor.TimeOf(_process.Id);

    /// <summary>
    /// The memory that the server's process has in the machine: from <c>smaps_rollup</c>, since the shorter files under
    /// <c>/proc</c> are behind by what each core has not yet added up.
    /// </summary>
    public long ResidentBytes => 1024 * File.ReadLines($"/proc/{_process.Id}/smaps_rollup")
        .Where(line => line.StartsWith("Rss:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture))
        .First();

    /// <exception cref="PeerMissingException">It is not installed, or does not start.</exception>
    public static ServerProcess Start(Peer peer) => Start(peer, peer.Prepare());

    /// <summary>Starts what was prepared before: the time that this takes is the server's.</summary>
    public static ServerProcess Start(Peer peer, Launch launch)
    {
        var information = new ProcessStartInfo(launch.Command[0], launch.Command[1..])
        {
            RedirectStandardInput = true,   // The servers of this program live as long as it is open.
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in launch.Environment) information.Environment[name] = value;
        var server = new ServerProcess(peer, Processor.OnServerCore(() => Process.Start(information)!));
        lock (Running) Running.Add(server);
        try
        {
            server.Port = server.AwaitReady(launch.Port);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>For the end by a signal: no server is to outlive its bench.</summary>
    public static void KillAll()
    {
        lock (Running)
            foreach (var server in Running) server.Kill();
    }

    public void Dispose()
    {
        lock (Running) Running.Remove(this);
        Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended.
        }
    }

    private int AwaitReady(int? port)
    {
        _process.ErrorDataReceived += (_, line) => _complaint = string.IsNullOrWhiteSpace(line.Data) ? _complaint : line.Data;
        _process.BeginErrorReadLine();
        return port is { } known ? AwaitPort(known) : ReadPort();
    }

    private int ReadPort()
    {
        const string Ready = "Listening on http";
        using var late = new Timer(_ => Kill(), null, Patience, Timeout.InfiniteTimeSpan); // The end of its output ends the reading.
        while (_process.StandardOutput.ReadLine() is { } line)
            if (line.StartsWith(Ready, StringComparison.Ordinal))
                return int.Parse(line.AsSpan(line.LastIndexOf(':') + 1).TrimEnd('/'), CultureInfo.InvariantCulture);
        throw DidNotStart();
    }

    /// <summary>A server that does not tell when it is ready is asked until it answers.</summary>
    private int AwaitPort(int port)
    {
        var start = Stopwatch.GetTimestamp();
        while (!_process.HasExited && Stopwatch.GetElapsedTime(start) < Patience)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, port);
                return port;
            }
            catch (SocketException)
            {
                Task.Delay(1).Wait();
            }
        }
        throw DidNotStart();
    }

    private PeerMissingException DidNotStart()
    {
        _process.WaitForExit(TimeSpan.FromSeconds(1)); // Its last words are read until then.
        return new PeerMissingException(_complaint.Length > 0 ? $"it did not start: {_complaint}" : "it did not start");
    }
}
