using System.Net;
using System.Net.Sockets;

namespace RawStream.Transport.Epoll;

/// <summary>
/// A connection that an <see cref="EpollLoop"/> watches. It is told once when it becomes readable or writable, on the loop's thread, and remembers that until somebody
/// asks: to wait costs no system call. Any thread may receive, send and close.
/// </summary>
internal sealed class EpollConnection : Connection, IEpollSource, IThreadPoolWorkItem
{
    // What is known since a call last said "nothing now", and who waits for it.
    private const int Readable = 1, Writable = 2, HungUp = 4, ReadArmed = 8, SendArmed = 16;

    // A peer that has sent its FIN is not told of again: all that comes after it is readable.
    private const EpollEvents Ends = EpollEvents.PeerHangUp | EpollEvents.HangUp | EpollEvents.Error;

    private readonly EpollLoop _loop;
    private readonly PeerAddress _peer;
    private Descriptor _descriptor;
    private int _state = Readable; // Most clients ask at once: a receive that finds nothing costs less than another round.
    private ReadOnlyMemory<byte> _unsent;

    public EpollConnection(EpollLoop loop, int number, PeerAddress peer, TransportLimits limits) : base(limits)
    {
        _loop = loop;
        _peer = peer;
        _descriptor = new Descriptor(number);
        Number = number;
        loop.OnOpened();
    }

    public int Number { get; }

    public uint Generation { get; } = EpollLoop.NextGeneration();

    public override EndPoint? RemoteEndPoint => _peer.ToEndPoint();

    /// <summary>From now on it is told of what comes. Where that cannot be, it is a connection that broke.</summary>
    public void Watch()
    {
        if (!_loop.TryWatch(this, EpollEvents.In | EpollEvents.Out | EpollEvents.PeerHangUp | EpollEvents.EdgeTriggered)) Close(reset: true);
    }

    public override int TryReceive(Span<byte> buffer)
    {
        if (!_descriptor.TryUse(out var socket)) return Lost;
        Interlocked.And(ref _state, ~Readable); // Before the call: what comes after it is told anew.
        var received = LinuxSystem.Receive(socket, buffer);
        _descriptor.Done();
        if (received < 0) return received == -LinuxSystem.Again ? Pending : Lost;
        if (received == buffer.Length || (Volatile.Read(ref _state) & HungUp) != 0) Interlocked.Or(ref _state, Readable); // There may be more.
        return received;
    }

    public override bool ArmRead() => Arm(ReadArmed, unless: Readable);

    public override int TrySend(ReadOnlySpan<byte> bytes)
    {
        if (!_descriptor.TryUse(out var socket)) return Lost;
        var sent = LinuxSystem.Send(socket, bytes);
        _descriptor.Done();
        return sent >= 0 ? sent : sent == -LinuxSystem.Again ? Pending : Lost;
    }

    public override int StartSend(ReadOnlyMemory<byte> bytes)
    {
        while (true)
        {
            Interlocked.And(ref _state, ~Writable);
            var sent = TrySend(bytes.Span);
            if (sent != Pending) return sent;
            _unsent = bytes;
            if (Arm(SendArmed, unless: Writable)) return Pending;
        }
    }

    public override void CloseSending() => Shutdown(SocketShutdown.Send);

    public override void CloseBoth()
    {
        if (!Input.HasEnded) Shutdown(SocketShutdown.Both); // Else nothing is pending.
    }

    public override void Close(bool reset)
    {
        if (reset && !Input.IsLost && _descriptor.TryUse(out var socket)) // What has broken needs no reset.
        {
            LinuxSystem.ResetOnClose(socket);
            _descriptor.Done();
        }
        _loop.Unwatch(this, isAboutToClose: true);
        if (!_descriptor.Close()) return;
        if ((Volatile.Read(ref _state) & (ReadArmed | SendArmed)) != 0) Queue(this); // Who waits is told.
        _loop.OnClosed();
    }

    public override void Queue(IThreadPoolWorkItem work) => _loop.Queue(this, work);

    public override TcpInfo? TcpInfo
    {
        get
        {
            if (!_descriptor.TryUse(out var socket)) return null;
            Span<byte> bytes = stackalloc byte[Transport.TcpInfo.Length];
            var isKnown = LinuxSystem.TryGetTcpOption(socket, Transport.TcpInfo.Option, bytes);
            _descriptor.Done();
            return isKnown ? Transport.TcpInfo.Parse(bytes) : null;
        }
    }

    public void OnEvents(EpollEvents events)
    {
        var news = 0;
        if ((events & (EpollEvents.In | Ends)) != 0) news |= Readable;
        if ((events & (EpollEvents.Out | EpollEvents.HangUp | EpollEvents.Error)) != 0) news |= Writable;
        if ((events & Ends) != 0) news |= HungUp;
        Raise(news);
    }

    public void OnBlocking(TimeSpan time) => ReportBlocking(time);

    void IThreadPoolWorkItem.Execute() => Raise(Readable | Writable | HungUp);

    private void Raise(int news)
    {
        var before = Volatile.Read(ref _state);
        while (true)
        {
            var told = Told(before | news);
            var seen = Interlocked.CompareExchange(ref _state, (before | news) & ~told, before);
            if (seen != before)
            {
                before = seen;
                continue;
            }
            if ((told & ReadArmed) != 0) Input.OnReadable();
            if ((told & SendArmed) != 0) SendOn();
            return;
        }
    }

    private static int Told(int state)
    {
        var told = 0;
        if ((state & Readable) != 0) told |= state & ReadArmed;
        if ((state & Writable) != 0) told |= state & SendArmed;
        return told;
    }

    private bool Arm(int who, int unless)
    {
        var before = Volatile.Read(ref _state);
        while ((before & unless) == 0)
        {
            var seen = Interlocked.CompareExchange(ref _state, before | who, before);
            if (seen == before) return true;
            before = seen;
        }
        return false;
    }

    private void SendOn()
    {
        var unsent = _unsent;
        _unsent = default;
        var sent = StartSend(unsent);
        if (sent != Pending) Output.OnSent(sent);
    }

    private void Shutdown(SocketShutdown how)
    {
        if (!_descriptor.TryUse(out var socket)) return;
        LinuxSystem.Shutdown(socket, how);
        _descriptor.Done();
    }
}
