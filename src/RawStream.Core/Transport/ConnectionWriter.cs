using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace RawStream.Transport;

/// <summary>
/// The bytes for a peer, as a <see cref="PipeWriter"/> straight over the transport.
/// <para>
/// A flush is not a system call. When the connection is quiet, the writer sends at once, inline: a lone event leaves
/// without a detour. When a send is under way, or one happened in this clock tick, the bytes stay in the buffer; one queued
/// sender takes all of them in one send, and the writer goes on until the bound makes it wait. So a burst costs one system
/// call per buffer, and not per flush. A buffer that is full before the queue has come to the sender is sent by the writer, from
/// the processor's cache; then it waits for its turn.
/// </para>
/// <para>
/// There is one writer and at most one sender at a time; <see cref="_gate"/> guards what they share, which is a <see cref="SendBuffer"/> and
/// a few flags, and is never held over a system call.
/// </para>
/// </summary>
internal sealed class ConnectionWriter(Connection connection, int bound) : PipeWriter, IValueTaskSource<FlushResult>, IValueTaskSource, IThreadPoolWorkItem
{
    // How much is handed to StartSend at a time. A stalled peer shows progress in steps of this size.
    private const int StalledSend = 4096;
    // Who writes through GetSpan asks for a little more room than it then takes: a chunk's size line is mostly shorter than its room.
    private const int Slack = 16;

    private Gate _gate;

    private SendBuffer _buffer = new(bound);
    private bool _lent;      // GetSpan or GetMemory handed out room that Advance or a flush has not taken back.

    private SenderRole _role = new();
    private long _sentTotal;
    private VanishClock _vanish;
    private Congestion? _congestion; // Made when the transport takes no more: most peers keep up.
    private bool _lost;
    private bool _waiting;   // A flush is pending on _source.
    private ManualResetValueTaskSourceCore<bool> _source;

    /// <summary>A flush is pending: the next write has to wait for it.</summary>
    public bool IsWaiting => Volatile.Read(ref _waiting);

    /// <summary>True after the connection broke: nothing that is written will arrive.</summary>
    public bool IsLost => Volatile.Read(ref _lost);

    /// <summary>No bytes wait, nobody sends, and no writer waits for its turn.</summary>
    public bool IsIdle
    {
        get
        {
            using (_gate.Enter()) return HasNothingToDo;
        }
    }

    /// <summary>Bytes that were flushed and not sent, and for how many milliseconds the oldest of them has waited at least.</summary>
    public (int Bytes, long Age) Queue
    {
        get
        {
            using (_gate.Enter()) return (_buffer.Flushed - _buffer.Start, _congestion?.Age.At(Environment.TickCount64) ?? 0);
        }
    }

    /// <inheritdoc cref="Connection.Health"/>
    public StreamHealth Health => connection.Health;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _buffer.End - _buffer.Flushed;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        using (_gate.Enter())
        {
            Lend(sizeHint);
            return _buffer.RoomMemory;
        }
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        using (_gate.Enter())
        {
            Lend(sizeHint);
            return _buffer.Room;
        }
    }

    /// <summary>The last bytes that were written and not flushed. They may be changed until then.</summary>
    public Span<byte> Tail(int length) => _buffer.Tail(length);

    /// <summary>What is written from now on belongs to the next response.</summary>
    public void Mark()
    {
        using (_gate.Enter()) _buffer.Mark = _buffer.End > _buffer.Flushed ? _buffer.End : 0;
    }

    /// <summary>
    /// Sends what was written before the mark, if it has not left: a whole response does not wait for the next one, while that is on its
    /// way. It can be called beside the writer.
    /// </summary>
    public void FlushMarked()
    {
        using (_gate.Enter())
        {
            if (_buffer.Mark == 0 || _lost) return;
            _buffer.Flushed = _buffer.Mark;
            _buffer.Mark = 0;
            if (!_role.IsFree) return;
            _role.Take();
        }
        SendAll(lost: false);
    }

    /// <summary>Takes back the last bytes that were written and not flushed.</summary>
    public void TakeBack(int bytes) => _buffer.End -= bytes;

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _buffer.Capacity - _buffer.End);
        _buffer.End += bytes;
    }

    /// <summary>
    /// Lets go what was written. It completes at once while another flush of this size fits below the bound, else when all is sent and its turn has come.
    /// </summary>
    /// <exception cref="OperationCanceledException">The peer is gone.</exception>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        Flush(urgent: false) ? new ValueTask<FlushResult>(this, _source.Version) : default;

    /// <summary>
    /// Appends the three pieces and flushes, all or nothing: false when they do not fit into what is free below the bound.
    /// It does what GetSpan, Advance and FlushAsync do, with half the cost.
    /// </summary>
    public bool TryWrite(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, out ValueTask flush)
    {
        var size = first.Length + second.Length + third.Length;
        bool wait, send, yields;
        using (_gate.Enter())
        {
            ThrowIfWaiting();
            ThrowIfLost();
            if (_buffer.End + size > bound)
            {
                flush = default;
                return false;
            }
            _buffer.MakeRoom(size);
            _buffer.Append(first);
            _buffer.Append(second);
            _buffer.Append(third);
            wait = Release(urgent: false, drain: false, out send, out yields);
        }
        if (send) wait = Send(wait, yields);
        flush = wait ? new ValueTask(this, _source.Version) : default;
        return true;
    }

    /// <summary>As <see cref="FlushAsync"/>, for callers that have no use for its result.</summary>
    public ValueTask FlushSoonAsync() => Flush(urgent: false) ? new ValueTask(this, _source.Version) : default;

    /// <summary>As <see cref="FlushAsync"/>, but sends at once unless a sender is at it already: the message has ended.</summary>
    /// <exception cref="OperationCanceledException">The peer is gone.</exception>
    public ValueTask FlushNowAsync() => Flush(urgent: true) ? new ValueTask(this, _source.Version) : default;

    /// <summary>Writes and flushes any number of bytes, as much at a time as the bound allows.</summary>
    /// <exception cref="OperationCanceledException">The peer is gone.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteLargeAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var room = Math.Max(bound - _buffer.End, 0);
            var piece = bytes[..Math.Min(bytes.Length, room)];
            if (!piece.IsEmpty && TryWrite(piece.Span, default, default, out var flush)) bytes = bytes[piece.Length..];
            else flush = DrainAsync();
            await flush;
        }
    }

    /// <summary>
    /// Sends bytes from where they stand, without a copy: how many were sent, <see cref="Connection.Pending"/> when nothing fits or something else waits to be sent
    /// before, or <see cref="Connection.Lost"/>. Only the writer may call it.
    /// </summary>
    public int SendAtOnce(ReadOnlySpan<byte> bytes)
    {
        using (_gate.Enter())
        {
            if (_lost) return Connection.Lost;
            if (!HasNothingToDo) return Connection.Pending;
            _role.Take();
        }
        var sent = connection.Send(bytes);
        using (_gate.Enter())
        {
            _role.Free();
            _vanish.Sent();
        }
        if (sent == Connection.Lost) Fail();
        return sent;
    }

    /// <summary>The connection is ended at once, for a reason that is logged.</summary>
    public void Cut(string reason) => connection.Cut(reason);

    /// <summary>Sends all that was written; completes when nothing is left to send.</summary>
    /// <exception cref="OperationCanceledException">The peer is gone.</exception>
    public ValueTask DrainAsync() => Flush(urgent: true, drain: true) ? new ValueTask(this, _source.Version) : default;

    /// <summary>Nobody will write any more. The connection itself is closed by its owner.</summary>
    public override void Complete(Exception? exception = null)
    {
        using (_gate.Enter()) _lent = false;
        Fail();
    }

    public override void CancelPendingFlush() =>
        throw new NotSupportedException("A flush ends when the bytes are sent, when the write timeout has run out, or when the peer is gone.");

    /// <summary>
    /// True when the peer has taken fewer than <paramref name="bytesPerSecond"/> on average in periods of <paramref name="timeout"/> milliseconds, and is not ahead, although bytes
    /// waited for it at each look.
    /// </summary>
    public bool HasStalled(long now, long timeout, int bytesPerSecond)
    {
        using (_gate.Enter())
        {
            if (_congestion is null || !_congestion.Stall.Look()) return false;
        }
        var acknowledged = connection.TcpInfo?.BytesAcknowledged;
        var least = acknowledged is null ? 0 : bytesPerSecond; // What the system has taken comes in large steps, and says nothing of a rate.
        using (_gate.Enter()) return _congestion?.Stall.HasStalled(now, acknowledged ?? _sentTotal, timeout, least) ?? false;
    }

    /// <summary>True when nothing has been heard of the peer for almost half of that time although it owes an answer.</summary>
    public bool HasVanished(long now, TimeSpan vanished)
    {
        if (vanished == Timeout.InfiniteTimeSpan) return false;
        using (_gate.Enter())
        {
            if (!_vanish.IsDue(now, vanished)) return false;
        }
        if (connection.TcpInfo is not { } info) return false;
        using (_gate.Enter()) return _vanish.HasVanished(now, info, vanished);
    }

    /// <summary>The transport has finished what <see cref="Connection.StartSend"/> left pending.</summary>
    public void OnSent(int sent)
    {
        if (sent > 0) connection.Trace?.SentLater(sent);
        Account(sent);
        SendAll(sent == Connection.Lost);
    }

    /// <summary>The queued sender, or the turn of a writer that has sent by itself.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        bool send, wake;
        using (_gate.Enter())
        {
            send = _role.OnTurn();
            wake = _role.IsFree && StopWaiting();
            if (wake) _role.MarkBusy(); // It goes on with a full buffer in mind, not with a lone event.
        }
        if (send) SendAll(lost: false);
        if (wake) _source.SetResult(true);
    }

    private bool HasNothingToDo => _role.IsFree && !_waiting && _buffer.End == _buffer.Start;

    /// <summary>True when the caller has to wait on <see cref="_source"/>.</summary>
    private bool Flush(bool urgent, bool drain = false)
    {
        bool wait, send, yields;
        using (_gate.Enter())
        {
            ThrowIfWaiting();
            ThrowIfLost();
            wait = Release(urgent, drain, out send, out yields);
        }
        return send ? Send(wait, yields) : wait;
    }

    // Marks all written bytes as flushed and decides who sends them: whoever is at it already, this thread (send; when it yields, the writer has still to wait for its turn), or a queued sender.
    private bool Release(bool urgent, bool drain, out bool send, out bool yields)
    {
        // Wait already when another flush of this size would not fit: then that one fits, and nothing has to move.
        var wait = drain || _buffer.End + (_buffer.End - _buffer.Flushed) + Slack > bound;
        _buffer.Flushed = _buffer.End;
        _buffer.Mark = 0;
        _lent = send = yields = false;
        if (_buffer.Flushed == _buffer.Start)
        {
            _buffer.GiveBack();
            return false;
        }
        if (!_role.IsTaken)
        {
            var isLone = _role.IsFree && _role.IsQuiet;
            send = urgent || wait || isLone;
            yields = wait && !urgent && !isLone;
            if (send) _role.Take();
            else if (_role.IsFree) _role.Queue(connection, this);
        }
        if (wait && !send) BeginWait();
        return wait;
    }

    /// <summary>Takes the sender's role on the writer's own thread. True when the writer has to wait after it.</summary>
    private bool Send(bool wait, bool yields)
    {
        SendAll(lost: false);
        using (_gate.Enter())
        {
            ThrowIfLost();
            if (_role.IsFree) wait = yields; // All is sent; else whoever sends the rest wakes the writer.
            if (wait) BeginWait();
            if (wait && _role.IsFree) _role.QueueTurn(connection, this);
        }
        return wait;
    }

    private void BeginWait()
    {
        _source.Reset();
        _waiting = true;
    }

    /// <summary>Sends until nothing is left, until the transport takes over the role, or until the peer is gone.</summary>
    private void SendAll(bool lost)
    {
        while (!lost && TakeUnsent(out var unsent))
        {
            var sent = connection.Send(unsent.Span);
            if (sent == Connection.Pending)
            {
                using (_gate.Enter())
                {
                    _congestion ??= new Congestion();
                    _congestion.Begin(_sentTotal, _buffer.Flushed - _buffer.Start);
                }
                sent = connection.SendLater(unsent[..Math.Min(unsent.Length, StalledSend)]);
                if (sent == Connection.Pending) return;
            }
            Account(sent);
            lost = sent == Connection.Lost;
        }
        if (lost) Fail();
    }

    /// <summary>The next bytes to send; false gives up the sender's role, because there are none.</summary>
    private bool TakeUnsent(out ReadOnlyMemory<byte> unsent)
    {
        bool wake;
        using (_gate.Enter())
        {
            if (_buffer.Flushed > _buffer.Start && !_lost)
            {
                unsent = _buffer.TakeUnsent();
                return true;
            }
            // The role is given up before the waiter goes on: it may write, flush and then block on this very thread.
            _role.Free();
            _congestion?.Age.Clear();
            if (!_lent && _buffer.End == _buffer.Flushed) _buffer.GiveBack();
            wake = StopWaiting();
        }
        unsent = default;
        if (wake) _source.SetResult(true);
        return false;
    }

    private void Account(int sent)
    {
        using (_gate.Enter())
        {
            _congestion?.Stall.Stop();
            var landed = sent > 0 && !_lost ? sent : 0;
            _buffer.Land(landed);
            _sentTotal += landed;
            _vanish.Sent();
            _role.MarkBusy();
        }
    }

    /// <summary>The peer is gone. A send that is still under way keeps its array until the transport lets go of it.</summary>
    public void Fail()
    {
        bool wake;
        using (_gate.Enter())
        {
            Volatile.Write(ref _lost, true);
            _congestion = null;
            if (!_buffer.IsInFlight) _role.Free();
            if (!_lent) _buffer.GiveBack();
            wake = StopWaiting();
        }
        connection.ReportHangUp();
        if (wake) _source.SetException(PeerIsGone());
    }

    private void Lend(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        _buffer.MakeRoom(Math.Max(sizeHint, 1));
        _lent = true;
    }

    private bool StopWaiting()
    {
        var waiting = _waiting;
        _waiting = false;
        return waiting;
    }

    private void ThrowIfWaiting()
    {
        if (_waiting) throw new InvalidOperationException("A write is still pending. Await it before the next one.");
    }

    private void ThrowIfLost()
    {
        if (!_lost) return;
        _lent = false;
        _buffer.GiveBack();
        throw PeerIsGone();
    }

    private static OperationCanceledException PeerIsGone() => new("The client closed the connection.");

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token)
    {
        _source.GetResult(token);
        return default;
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _source.GetStatus(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<FlushResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
