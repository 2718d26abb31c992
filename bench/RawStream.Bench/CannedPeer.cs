using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using RawStream.Load.Peers;

namespace RawStream.Bench;

/// <summary>
/// Not a server: it answers with bytes made beforehand, 64 KiB a send, a blocking thread a connection. It shows what the kernel
/// and our own client allow (a figure close to it measures the client), and that the client allocates nothing.
/// </summary>
internal sealed class CannedPeer : IPeer
{
    private const int SendSize = 64 * 1024;

    private static readonly byte[] Greeting =
        "HTTP/1.1 200 OK\r\nDate: Thu, 20 Nov 2025 10:00:00 GMT\r\nContent-Length: 13\r\n\r\nHello, World!"u8.ToArray();

    private static readonly byte[] StreamHead =
        "HTTP/1.1 200 OK\r\nDate: Thu, 20 Nov 2025 10:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray();

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private CannedPeer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        StartThread(Accept);
    }

    public int Port { get; }

    public static CannedPeer Start() => new();

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return default;
    }

    private static void StartThread(Action work) => new Thread(() => UntilClosed(work)) { IsBackground = true }.Start();

    private static void UntilClosed(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other side has closed, or the peer was disposed of.
        }
    }

    private void Accept()
    {
        while (true)
        {
            var socket = _listener.Accept();
            socket.NoDelay = true;
            StartThread(() => Serve(socket));
        }
    }

    private static void Serve(Socket socket)
    {
        using var owner = socket;
        var input = new byte[4096];
        var greetings = Enumerable.Repeat(Greeting, 64).SelectMany(bytes => bytes).ToArray();
        for (int read; (read = socket.Receive(input)) > 0;)
        {
            var requests = input.AsSpan(0, read);
            if (requests.StartsWith("GET /stream?"u8)) Stream(socket, requests);
            else socket.Send(greetings.AsSpan(0, requests.Count("\r\n\r\n"u8) * Greeting.Length));
        }
    }

    private static void Stream(Socket socket, ReadOnlySpan<byte> request)
    {
        var size = Number(request, "size="u8);
        byte[] frame = [.. Encoding.ASCII.GetBytes($"{size:X}\r\n"), .. new byte[size], .. "\r\n"u8];
        var block = Enumerable.Repeat(frame, Math.Max(1, SendSize / frame.Length)).SelectMany(bytes => bytes).ToArray();

        socket.Send(StreamHead);
        for (var left = (long)Number(request, "chunks="u8) * frame.Length; left > 0; left -= block.Length)
            socket.Send(block.AsSpan(0, (int)Math.Min(left, block.Length)));
        socket.Send("0\r\n\r\n"u8);
    }

    private static int Number(ReadOnlySpan<byte> request, ReadOnlySpan<byte> name) =>
        Utf8Parser.TryParse(request[(request.IndexOf(name) + name.Length)..], out int value, out _) ? value : 0;
}
