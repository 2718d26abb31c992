using System.Net;
using System.Net.Sockets;
using RawStream.Load.Wire;

namespace RawStream.Load.Client;

/// <summary>One connection to a server, as one thread uses it: a send is small and is taken at once, a receive never waits.</summary>
internal sealed class OpenStream : IDisposable
{
    // The ports of one address are about 28 000; 127.0.0.0/8 has many addresses.
    private const int StreamsOfAnAddress = 20_000;

    /// <param name="server">Where it listens.</param>
    /// <param name="tag">Its number; from which the local address follows too, where that is one of many.</param>
    /// <param name="request">Sent at once.</param>
    /// <param name="hasEvents">Whether to count Server-Sent Events.</param>
    public OpenStream(IPEndPoint server, int tag, byte[] request, bool hasEvents = false)
    {
        Tag = tag;
        Socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Reader = new ResponseReader(hasEvents);
        if (tag >= StreamsOfAnAddress && server.Address.Equals(IPAddress.Loopback))
            Socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)(1 + tag / StreamsOfAnAddress)]), 0));
        Socket.Connect(server);
        Socket.Blocking = false;
        Send(request);
    }

    public int Tag { get; }

    public ResponseReader Reader { get; }

    public Socket Socket { get; }

    /// <summary>Whether the response has begun.</summary>
    public bool HasHead => Reader.Head is not null;

    /// <summary>The server has closed.</summary>
    public bool IsClosed { get; private set; }

    public void Send(byte[] request)
    {
        // Another failure shows in the receive.
        if (Socket.Send(request, SocketFlags.None, out var error) != request.Length && (error is SocketError.Success or SocketError.WouldBlock))
            throw new InvalidDataException("The server does not read its requests.");
    }

    /// <summary>Reads what has come, as much as the buffer holds. Returns how many bytes.</summary>
    /// <exception cref="InvalidDataException">It is not what a server may send.</exception>
    public int Receive(byte[] buffer)
    {
        var read = Socket.Receive(buffer, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock) return 0;
        if (error is not (SocketError.Success or SocketError.ConnectionReset)) throw new SocketException((int)error);
        if (read > 0) Reader.Read(buffer.AsSpan(0, read));
        else IsClosed = true;
        return read;
    }

    /// <summary>With a reset: ten thousand ports that wait for late packets would leave none for the next run.</summary>
    public void Reset() => Socket.Close(timeout: 0);

    /// <summary>With a FIN, if all that has come was read.</summary>
    public void Dispose() => Socket.Dispose();
}
