using System.Net;

namespace RawStream.Transport;

/// <summary>
/// A connection without a socket, for tests, docs and benchmarks. It behaves as TCP does, windows, FIN and RST included,
/// but is deterministic: what the client writes is handled inline before its write returns.
/// </summary>
internal sealed class MemoryConnection : Connection
{
    private readonly Lock _gate = new();
    private readonly MemoryWindow _toServer;
    private readonly MemoryWindow _toClient;
    private bool _readArmed;
    private bool _clientClosed;
    private bool _lost;
    private ReadOnlyMemory<byte> _pendingSend;
    private TaskCompletionSource? _clientWaits;

    /// <param name="limits">The bounds of reader and writer.</param>
    /// <param name="window">How many bytes each direction holds, as the kernel's socket buffers do.</param>
    public MemoryConnection(TransportLimits limits, int window = 64 * 1024) : base(limits)
    {
        _toServer = new MemoryWindow(window);
        _toClient = new MemoryWindow(window);
        Client = new MemoryClient(this);
    }

    /// <summary>The other end.</summary>
    public MemoryClient Client { get; }

    public override EndPoint? RemoteEndPoint => null;

    public override int TryReceive(Span<byte> buffer)
    {
        int received;
        TaskCompletionSource? client;
        lock (_gate)
        {
            if (_lost) return Lost;
            if (_toServer.Count == 0) return _toServer.HasEnded ? 0 : Pending;
            received = _toServer.Read(buffer);
            client = TakeWaitingClient();
        }
        client?.SetResult();
        return received;
    }

    public override bool ArmRead()
    {
        lock (_gate) return _readArmed = !_lost && _toServer.Count == 0 && !_toServer.HasEnded;
    }

    public override int TrySend(ReadOnlySpan<byte> bytes)
    {
        int sent;
        TaskCompletionSource? client;
        lock (_gate)
        {
            if (_lost || _clientClosed || _toClient.HasEnded) return Lost;
            sent = _toClient.Write(bytes);
            if (sent == 0) return Pending;
            client = TakeWaitingClient();
        }
        client?.SetResult();
        return sent;
    }

    public override int StartSend(ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            var sent = TrySend(bytes.Span);
            if (sent == Pending) _pendingSend = bytes;
            return sent;
        }
    }

    public override void CloseSending() => End(static connection => connection._toClient.HasEnded = true);

    public override void CloseBoth() => Close(reset: false);

    public override void Close(bool reset) => End(connection =>
    {
        connection._lost |= reset;
        connection._toClient.HasEnded = true;
        connection._toServer.HasEnded = true;
    });

    internal async ValueTask ClientWriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            bool wake;
            lock (_gate)
            {
                if (_lost || _toServer.HasEnded) throw new IOException("The server has closed the connection.");
                bytes = bytes[_toServer.Write(bytes.Span)..];
                wake = DisarmRead();
                room = bytes.IsEmpty ? Task.CompletedTask : WaitAsClient();
            }
            if (wake) Inline(static connection => connection.Input.OnReadable());
            if (bytes.IsEmpty) return;
            await room.WaitAsync(cancellationToken);
        }
    }

    internal async ValueTask<int> ClientReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            var sent = 0;
            lock (_gate)
            {
                if (_lost && _toClient.Count == 0) throw new IOException("The connection was reset.");
                if (_toClient.Count > 0 || _toClient.HasEnded || buffer.IsEmpty)
                {
                    var read = _toClient.Read(buffer.Span);
                    if (!_pendingSend.IsEmpty) sent = _toClient.Write(_pendingSend.Span);
                    if (sent > 0) _pendingSend = default;
                    more = Task.FromResult(read);
                }
                else
                {
                    more = WaitAsClient();
                }
            }
            if (sent > 0) Inline(connection => connection.Output.OnSent(sent));
            if (more is Task<int> done) return await done;
            await more.WaitAsync(cancellationToken);
        }
    }

    internal void ClientEnds(bool close, bool reset)
    {
        bool wake, sendFails;
        lock (_gate)
        {
            _toServer.HasEnded = true;
            _clientClosed |= close;
            _lost |= reset;
            wake = DisarmRead();
            sendFails = close && !_pendingSend.IsEmpty;
            if (sendFails) _pendingSend = default;
        }
        if (wake) Inline(static connection => connection.Input.OnReadable());
        if (sendFails) Inline(static connection => connection.Output.OnSent(Lost));
    }

    /// <summary>Runs the server's side on the client's thread, as a pool thread would: without the client's synchronization context.</summary>
    internal void Inline(Action<MemoryConnection> serverSide)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            serverSide(this);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private void End(Action<MemoryConnection> change)
    {
        TaskCompletionSource? client;
        bool wake, sendFails;
        lock (_gate)
        {
            change(this);
            client = TakeWaitingClient();
            wake = _toServer.HasEnded && DisarmRead();
            sendFails = _lost && !_pendingSend.IsEmpty;
            if (sendFails) _pendingSend = default;
        }
        client?.SetResult();
        if (wake) Input.OnReadable();
        if (sendFails) Output.OnSent(Lost);
    }

    private bool DisarmRead()
    {
        var armed = _readArmed;
        _readArmed = false;
        return armed;
    }

    private Task WaitAsClient() =>
        (_clientWaits ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private TaskCompletionSource? TakeWaitingClient()
    {
        var client = _clientWaits;
        _clientWaits = null;
        return client;
    }
}

/// <summary>One direction of a <see cref="MemoryConnection"/>: a ring of bytes, and whether its writer has ended.</summary>
internal sealed class MemoryWindow(int size)
{
    private readonly byte[] _ring = new byte[size];
    private int _start;

    public int Count { get; private set; }

    public bool HasEnded { get; set; }

    public int Write(ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, _ring.Length - Count);
        var at = (_start + Count) % _ring.Length;
        var first = Math.Min(count, _ring.Length - at);
        bytes[..first].CopyTo(_ring.AsSpan(at));
        bytes[first..count].CopyTo(_ring);
        Count += count;
        return count;
    }

    public int Read(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, Count);
        var first = Math.Min(count, _ring.Length - _start);
        _ring.AsSpan(_start, first).CopyTo(buffer);
        _ring.AsSpan(0, count - first).CopyTo(buffer[first..]);
        _start = (_start + count) % _ring.Length;
        Count -= count;
        return count;
    }
}
