using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RawStream.Tests.Support;

namespace RawStream.Tests.Browser;

/// <summary>A host that can die without a word, and come back on the same port.</summary>
internal sealed class MortalHost : IDisposable
{
    private HostProcess? _process;
    private int _port; // 0 at first: any.

    public string Address => $"http://127.0.0.1:{_port}";

    public async Task StartAsync()
    {
        _process = HostProcess.Start("--port", _port.ToString(CultureInfo.InvariantCulture));
        _port = await _process.WaitUntilListeningAsync();
    }

    /// <summary>SIGKILL: nothing is drained, and no stream is ended properly. It completes when the port is free.</summary>
    public async Task KillAsync()
    {
        Dispose();
        await Patience.UntilAsync(() => Refuses(_port), "the port is free");
    }

    /// <summary>SIGTERM: it ends its streams, and exits.</summary>
    public async Task TerminateAsync()
    {
        _process!.Terminate();
        if (await _process.WaitForExitAsync() is not 0 and var code) throw new InvalidOperationException($"It has exited with {code}: {string.Join('\n', _process.Errors)}");
        Dispose();
    }

    public void Dispose()
    {
        _process?.Dispose();
        _process = null;
    }

    private static bool Refuses(int port)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPAddress.Loopback, port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
