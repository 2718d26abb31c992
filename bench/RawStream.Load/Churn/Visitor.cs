using System.Net;
using System.Net.Sockets;
using RawStream.Load.Soak.Workers;
using RawStream.Load.Subject;
using RawStream.Load.Trial;

namespace RawStream.Load.Churn;

/// <summary>One thread's connections, one after the other, each by one of the ways of coming and going.</summary>
/// <param name="server">Where it listens.</param>
/// <param name="ledger">What was seen.</param>
internal sealed class Visitor(IPEndPoint server, Ledger ledger)
{
    // A closed connection keeps its port for a minute, at whoever closed it first; an address has 28 000.
    private const int Addresses = 100;
    private const int BindAddressNoPort = 24;   // IP_BIND_ADDRESS_NO_PORT: the port is chosen with the connect, when both ends are known.
    private const int Patience = 10_000;

    private static readonly byte[] Whole = Bytes(Requests.Get("/plaintext"));
    private static readonly byte[] Last = Bytes(Requests.Get("/plaintext", "Connection: close\r\n"));
    private static readonly byte[] Half = Whole[..(Whole.Length / 2)];
    private static readonly byte[] Body = Bytes("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nfive!");
    private static readonly byte[] Long = Bytes(Requests.Get(Streams.Target(chunks: 1000, size: 1000, seed: 1)));
    private static readonly byte[] Garbage = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, (byte)'\r', (byte)'\n', (byte)'\r', (byte)'\n'];
    private static readonly byte[] End = Bytes($"\r\n\r\n{SubjectRoutes.Greeting}");

    /// <summary>The ways, in the order in which they are taken in turn.</summary>
    private static readonly (string Name, Action<Visitor, Socket> Visit)[] Ways =
    [
        ("answered, and closed by the client", (visitor, socket) => visitor.Ask(socket, Whole)),
        ("answered twice, and reset", (visitor, socket) =>
        {
            visitor.Ask(socket, Whole);
            visitor.Ask(socket, Whole);
            socket.Close(timeout: 0);
        }),
        ("answered, and closed by the server", (visitor, socket) =>
        {
            visitor.Ask(socket, Last);
            visitor.ExpectEnd(socket);
        }),
        ("half a request, and FIN", (_, socket) => socket.Send(Half)),
        ("half a request, and RST", (_, socket) =>
        {
            socket.Send(Half);
            socket.Close(timeout: 0);
        }),
        ("left within a response", (visitor, socket) =>
        {
            socket.Send(Long);
            visitor.Receive(socket);
            socket.Close(timeout: 0);
        }),
        ("left within a body", (_, socket) =>
        {
            socket.Send(Body);
            socket.Close(timeout: 0);
        }),
        ("a TLS hello on the clear port, refused", (visitor, socket) =>
        {
            visitor.Ask(socket, Garbage, status: "400");
            visitor.ExpectEnd(socket);
        }),
        ("empty, and FIN", (_, _) => { }),
        ("empty, and RST", (_, socket) => socket.Close(timeout: 0)),
    ];

    private readonly byte[] _buffer = new byte[16 * 1024];

    /// <summary>Connections with these numbers.</summary>
    public void Run(Func<int?> next)
    {
        while (next() is { } number)
        {
            var (name, visit) = Ways[number % Ways.Length];
            try
            {
                using var socket = Connect(number);
                visit(this, socket);
                ledger.AddChecked(name);
            }
            catch (SocketException e)
            {
                ledger.AddUnexpected($"{name}: {e.Message}", $"connection {number}: {e.SocketErrorCode}");
            }
            catch (InvalidDataException e)
            {
                ledger.AddBroken($"{name}: {e.Message}", $"connection {number}");
            }
        }
    }

    private Socket Connect(int number)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetRawSocketOption(0, BindAddressNoPort, BitConverter.GetBytes(1));
            socket.Bind(new IPEndPoint(new IPAddress([127, 0, 1, (byte)(1 + number % Addresses)]), 0));
            socket.Connect(server);
            socket.ReceiveTimeout = Patience;
            ledger.AddConnection();
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Ask(Socket socket, byte[] request, string status = "200")
    {
        socket.Send(request);
        var length = 0;
        do
        {
            var read = socket.Receive(_buffer.AsSpan(length));
            if (read == 0) throw new InvalidDataException("closed before the end of an answer");
            length += read;
        }
        while (!IsWhole(_buffer.AsSpan(0, length), status));
        ledger.AddResponse(0, length);
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer, string status)
    {
        if (answer.Length < 12) return false;
        if (!answer.StartsWith("HTTP/1.1 "u8) || !Bytes(status).AsSpan().SequenceEqual(answer[9..12])) throw new InvalidDataException("another status");
        return status != "200" || answer.EndsWith(End);
    }

    private void Receive(Socket socket)
    {
        if (socket.Receive(_buffer) == 0) throw new InvalidDataException("closed and not answered");
    }

    private void ExpectEnd(Socket socket)
    {
        while (socket.Receive(_buffer) > 0)
        {
            // The rest of a refusal.
        }
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.ASCII.GetBytes(text);
}
