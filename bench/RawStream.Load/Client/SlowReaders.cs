using System.Net;
using System.Net.Sockets;
using System.Text;
using RawStream.Load.Wire;

namespace RawStream.Load.Client;

/// <summary>Subscribers that never read, and so many events for them that nothing more can be sent to them.</summary>
internal sealed class SlowReaders : IDisposable
{
    // Twice what the kernel takes for a socket at most (tcp_wmem: 4 MiB). Events of a size that no server needs to refuse.
    private const int Events = 512;
    private const int Size = 16 * 1024;

    private readonly Socket[] _sockets;

    public SlowReaders(int port, int count) => _sockets = [.. Enumerable.Range(0, count).Select(_ => Subscribe(port))];

    /// <summary>Publishes until they are stuck. To be done before others subscribe, who would get it all as well.</summary>
    public void Stall(Publisher publisher)
    {
        if (_sockets.Length > 0) publisher.Publish(Events, Size);
    }

    public void Dispose()
    {
        foreach (var socket in _sockets) socket.Close(timeout: 0);
    }

    private static Socket Subscribe(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        socket.Connect(IPAddress.Loopback, port);
        socket.Send(Encoding.ASCII.GetBytes(Requests.Get("/sse")));
        return socket;
    }
}
