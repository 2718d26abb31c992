using System.Net;
using System.Net.Sockets;
using RawStream.Tests.Support;

namespace RawStream.Tests.Browser;

/// <summary>A line to a server that can be cut, while the server stays as it is.</summary>
internal sealed class Relay(int serverPort) : IAsyncDisposable
{
    private readonly List<Socket> _sockets = [];
    private readonly Lock _gate = new();
    private Socket? _listening;
    private Task _accepting = Task.CompletedTask;

    /// <summary>Where clients connect; the same after a cut.</summary>
    public int Port { get; private set; }

    public void Connect()
    {
        _listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listening.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        _listening.Listen();
        Port = ((IPEndPoint)_listening.LocalEndPoint!).Port;
        _accepting = AcceptAsync(_listening);
    }

    /// <summary>All connections end, and new ones are refused.</summary>
    public async Task CutAsync()
    {
        _listening!.Dispose();
        await _accepting.Within();
        lock (_gate)
        {
            foreach (var socket in _sockets) socket.Close(0);
            _sockets.Clear();
        }
    }

    public async ValueTask DisposeAsync() => await CutAsync();

    private async Task AcceptAsync(Socket listening)
    {
        try
        {
            while (true) Join(await listening.AcceptAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The line is cut.
        }
    }

    private void Join(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Connect(IPAddress.Loopback, serverPort);
        lock (_gate) _sockets.AddRange([client, server]);
        _ = CopyAsync(client, server);
        _ = CopyAsync(server, client);
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        var room = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(room) is > 0 and var count)
                for (var sent = 0; sent < count;) sent += await to.SendAsync(room.AsMemory(sent, count - sent));
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            to.Close(0); // What breaks on one side breaks on the other.
        }
    }
}
