using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using RawStream.Load.Peers;
using RawStream.Load.Wire;

namespace RawStream.Bench;

/// <summary>
/// The load: keep-alive connections, each of which sends a batch of requests, reads the answers, and sends the next batch. One
/// thread, blocking sockets, one shared buffer: in its steady state it allocates nothing, so all that is allocated is the server's.
/// </summary>
internal sealed class RawClient : IDisposable
{
    private readonly Connection[] _connections;
    private readonly List<Socket> _ready = [];
    private readonly byte[] _batch;
    private readonly byte[] _buffer = GC.AllocateArray<byte>(256 * 1024, pinned: true);
    private readonly int _requestsInBatch;
    private readonly bool _inTurn;

    private RawClient(int port, int connections, string request, int pipelined, long bodyLength, bool inTurn)
    {
        _batch = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(request, pipelined)));
        _requestsInBatch = pipelined;
        _inTurn = inTurn;
        _connections = new Connection[connections];
        for (var i = 0; i < connections; i++) _connections[i] = new Connection(port, bodyLength);
    }

    /// <summary>
    /// Requests for <c>/plaintext</c>. The connections are read in turn: all of them are under way all the time, and no call is
    /// spent on asking which one is ready.
    /// </summary>
    public static RawClient Plaintext(int port, int connections, int pipelined = 1) =>
        new(port, connections, Requests.Get("/plaintext"), pipelined, Payload.Greeting.Length, inTurn: true);

    /// <summary>Requests for <c>/stream</c>. Whichever connection has bytes is read, so that none waits for another one.</summary>
    public static RawClient Stream(int port, int connections, int chunks, int size) =>
        new(port, connections, Requests.Get(Requests.StreamTarget(chunks, size)), 1, ChunkedLength(chunks, size), inTurn: connections == 1);

    /// <summary>The exact length on the wire: <c>N * (size CRLF data CRLF)</c> and the last chunk.</summary>
    private static long ChunkedLength(int chunks, int size) => chunks * (size.ToString("X").Length + 2L + size + 2) + "0\r\n\r\n".Length;

    /// <summary>Each connection goes through this many batches. Returns the number of responses.</summary>
    public long Run(int rounds) => Run(rounds, long.MaxValue);

    /// <summary>Starts batches until the time is up, and reads what was started. Returns the number of responses.</summary>
    public long Run(TimeSpan time) => Run(int.MaxValue, Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency));

    private long Run(int rounds, long deadline)
    {
        foreach (var connection in _connections) Start(connection, rounds);
        long responses = 0;
        for (var busy = _connections.Length; busy > 0;)
        {
            if (!_inTurn) SelectReady();
            foreach (var connection in _connections)
            {
                if (connection.Expected == 0 || !ReadSome(connection)) continue;
                responses += _requestsInBatch;
                if (connection.Rounds > 1 && Stopwatch.GetTimestamp() < deadline) Start(connection, connection.Rounds - 1);
                else busy--;
            }
        }
        return responses;
    }

    private void Start(Connection connection, int rounds)
    {
        connection.Rounds = rounds;
        connection.Expected = _requestsInBatch;
        connection.Send(_batch);
    }

    private void SelectReady()
    {
        _ready.Clear();
        foreach (var connection in _connections)
            if (connection.Expected > 0) _ready.Add(connection.Socket);
        Socket.Select(_ready, null, null, -1);
    }

    /// <summary>Returns whether the batch has been answered.</summary>
    private bool ReadSome(Connection connection)
    {
        if (_inTurn)
            while (connection.Expected > 0) connection.Receive(_buffer, _batch);
        else if (_ready.Contains(connection.Socket))
            connection.Receive(_buffer, _batch);
        return connection.Expected == 0;
    }

    public void Dispose()
    {
        foreach (var connection in _connections) connection.Dispose();
    }

    private sealed class Connection(int port, long bodyLength) : IDisposable
    {
        private ResponseCounter _counter = new(bodyLength);
        private bool _isNew = true;

        public Socket Socket { get; private set; } = Connect(port);
        public int Rounds { get; set; }
        public int Expected { get; set; }

        public void Send(byte[] batch) => Socket.Send(batch, SocketFlags.None, out _); // A failure shows in the receive.

        public void Receive(byte[] buffer, byte[] batch)
        {
            var length = Socket.Receive(buffer, SocketFlags.None, out var error);
            if (length > 0 && error == SocketError.Success) Count(buffer.AsSpan(0, length));
            else Reconnect(batch);
        }

        private void Count(ReadOnlySpan<byte> input)
        {
            _isNew = false;
            Expected -= _counter.Count(input);
            if (Expected < 0) throw new InvalidDataException("More responses arrived than were asked for.");
        }

        /// <summary>HttpListener closes after a hundred requests; that is its right between two responses.</summary>
        private void Reconnect(byte[] batch)
        {
            if (_isNew || !_counter.AtStart) throw new InvalidDataException("The server closed before it had answered.");
            Socket.Dispose();
            (Socket, _isNew) = (Connect(port), true);
            Send(batch);
        }

        private static Socket Connect(int port)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(IPAddress.Loopback, port);
            return socket;
        }

        public void Dispose() => Socket.Dispose();
    }
}
