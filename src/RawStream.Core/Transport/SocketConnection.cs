using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace RawStream.Transport;

/// <summary>
/// A connection over a <see cref="Socket"/>. Receives and sends are tried without blocking first; only when the kernel has
/// nothing, or no room, an asynchronous operation waits for it: a receive of zero bytes, so that no buffer waits, or a
/// send that is pooled, because few connections are stalled at a time. Callbacks come on the thread pool.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Close disposes of what it owns.")]
internal sealed class SocketConnection : Connection
{
    private readonly Socket _socket;
    private readonly ReceiveOperation _receive;

    public SocketConnection(Socket socket, TransportLimits limits) : base(limits)
    {
        _socket = socket;
        _socket.Blocking = false;
        _receive = new ReceiveOperation(this);
        RemoteEndPoint = socket.RemoteEndPoint;
    }

    public override EndPoint? RemoteEndPoint { get; }

    public override int TryReceive(Span<byte> buffer)
    {
        try
        {
            var received = _socket.Receive(buffer, SocketFlags.None, out var error);
            return error == SocketError.Success ? received : Outcome(error);
        }
        catch (ObjectDisposedException)
        {
            return Lost; // Closed on another thread: the server stops, or a deadline has passed.
        }
    }

    public override bool ArmRead()
    {
        try
        {
            return _socket.ReceiveAsync(_receive);
        }
        catch (ObjectDisposedException)
        {
            return false; // The receive that follows reports it.
        }
    }

    public override int TrySend(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var sent = _socket.Send(bytes, SocketFlags.None, out var error);
            return error == SocketError.Success ? sent : Outcome(error);
        }
        catch (ObjectDisposedException)
        {
            return Lost;
        }
    }

    public override int StartSend(ReadOnlyMemory<byte> bytes)
    {
        var operation = SendOperation.Rent(this, bytes);
        try
        {
            return _socket.SendAsync(operation) ? Pending : operation.Finish();
        }
        catch (ObjectDisposedException)
        {
            operation.Finish();
            return Lost;
        }
    }

    public override void CloseSending() => Shutdown(SocketShutdown.Send);

    public override void CloseBoth()
    {
        if (!Input.HasEnded) Shutdown(SocketShutdown.Both); // Else nothing is pending, and a peer that is gone altogether would cost an exception.
    }

    private void Shutdown(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer was faster: there is nobody left to tell.
        }
    }

    public override void Close(bool reset)
    {
        if (reset && !Input.IsLost) _socket.Close(0); // What has broken needs no reset.
        else _socket.Dispose();
        _receive.Dispose();
    }

    public override TcpInfo? TcpInfo => Transport.TcpInfo.TryRead(_socket, out var info) ? info : null;

    private static int Outcome(SocketError error) =>
        error is SocketError.WouldBlock or SocketError.IOPending or SocketError.TryAgain ? Pending : Lost;

    private sealed class ReceiveOperation(SocketConnection connection) : SocketAsyncEventArgs(true)
    {
        protected override void OnCompleted(SocketAsyncEventArgs e) => connection.Input.OnReadable();
    }

    private sealed class SendOperation() : SocketAsyncEventArgs(true)
    {
        private const int MaxPooled = 256;

        private static readonly ConcurrentQueue<SendOperation> Pool = new();
        private static int pooled;

        private SocketConnection? _connection;

        public static SendOperation Rent(SocketConnection connection, ReadOnlyMemory<byte> bytes)
        {
            if (Pool.TryDequeue(out var operation)) Interlocked.Decrement(ref pooled);
            else operation = new SendOperation();
            operation._connection = connection;
            operation.SetBuffer(MemoryMarshal.AsMemory(bytes));
            return operation;
        }

        /// <summary>The outcome; the operation goes back to the pool.</summary>
        public int Finish()
        {
            var outcome = SocketError == SocketError.Success ? BytesTransferred : Lost;
            _connection = null;
            SetBuffer(default);
            if (Interlocked.Increment(ref pooled) <= MaxPooled)
            {
                Pool.Enqueue(this);
            }
            else
            {
                Interlocked.Decrement(ref pooled);
                Dispose();
            }
            return outcome;
        }

        protected override void OnCompleted(SocketAsyncEventArgs e)
        {
            var output = _connection!.Output;
            output.OnSent(Finish());
        }
    }
}
