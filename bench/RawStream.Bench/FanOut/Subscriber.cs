using System.Net;
using System.Net.Sockets;
using System.Text;
using RawStream.Bench.Peers;

namespace RawStream.Bench.FanOut;

/// <summary>
/// One open <c>/sse</c> response. It reads into a buffer that all subscribers share, and keeps only what is not yet a whole chunk,
/// so that its counter need not know where a read was cut.
/// </summary>
internal sealed class Subscriber : IDisposable
{
    private static readonly byte[] Request = Encoding.ASCII.GetBytes(RawClient.RequestFor("/sse"));

    private EventCounter _counter;
    private int _due;
    private byte[] _rest = [];
    private int _restLength;

    public Subscriber(int port)
    {
        Socket.Connect(IPAddress.Loopback, port);
        Socket.Send(Request);
        Socket.Blocking = false;
    }

    public Socket Socket { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>Whether the response has begun.</summary>
    public bool HasHead { get; private set; }

    public int OwnChunks => _counter.OwnChunks;

    /// <summary>So many events are to come.</summary>
    public void Expect(int events) => _due = _counter.Events + events;

    /// <summary>Reads until the socket is empty. Returns whether the last of the expected events has come in this call.</summary>
    public bool Receive(byte[] buffer)
    {
        var events = _counter.Events;
        ReadAll(buffer);
        if (_counter.Events > _due) throw new InvalidDataException("A subscriber got more events than were published.");
        return _counter.Events == _due && events < _due;
    }

    /// <summary>With a reset: ten thousand ports that wait for late packets would leave none for the next run.</summary>
    public void Dispose() => Socket.Close(timeout: 0);

    private void ReadAll(byte[] buffer)
    {
        bool isFull;
        do
        {
            _rest.AsSpan(0, _restLength).CopyTo(buffer);
            var read = Socket.Receive(buffer.AsSpan(_restLength), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock) return;
            if (read == 0 || error != SocketError.Success)
                throw new InvalidDataException("The server has closed a subscriber's connection.");

            var input = buffer.AsSpan(0, _restLength + read);
            isFull = input.Length == buffer.Length; // Less than was asked for: the socket is empty, and no call is spent on asking.
            Keep(input[Read(input)..]);
            if (_restLength == buffer.Length) throw new InvalidDataException("A chunk is too large for this client.");
        }
        while (isFull);
    }

    /// <summary>Returns how much of the input was used.</summary>
    private int Read(ReadOnlySpan<byte> input)
    {
        var head = HasHead ? 0 : ReadHead(input);
        return HasHead ? head + _counter.Read(input[head..]) : 0;
    }

    private int ReadHead(ReadOnlySpan<byte> input)
    {
        var end = input.IndexOf("\r\n\r\n"u8);
        if (end < 0) return 0;
        if (!input.StartsWith("HTTP/1.1 200 "u8)) throw new InvalidDataException("A subscription was not answered with 200.");
        HasHead = true;
        return end + 4;
    }

    private void Keep(ReadOnlySpan<byte> rest)
    {
        if (_rest.Length < rest.Length) _rest = new byte[rest.Length];
        rest.CopyTo(_rest);
        _restLength = rest.Length;
    }
}
