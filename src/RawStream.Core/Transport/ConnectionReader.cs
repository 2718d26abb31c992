using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace RawStream.Transport;

/// <summary>
/// The bytes that a peer sends, as a <see cref="PipeReader"/> straight over the transport.
/// <para>
/// All unread bytes stand in one array, so every <see cref="ReadResult.Buffer"/> is a single segment, and parsers work on a
/// span. The array is rented when bytes have come and given back when all are consumed: a connection that waits holds none.
/// </para>
/// <para>
/// While a handler runs, <see cref="Watch"/> keeps one receive pending although nobody reads. That is how a hang-up is
/// seen without a write. What comes in meanwhile is kept, up to the read-ahead bound.
/// </para>
/// </summary>
internal sealed class ConnectionReader(Connection connection, int readAhead) : PipeReader, IValueTaskSource<ReadResult>
{
    private const int SmallestArray = 4096;

    // Its fields are guarded by the reader itself, which nobody outside can lock: each connection saves an object.

    // Unread bytes are _array[_start.._end]; those before _examined were looked at already.
    private byte[]? _array;
    private int _start, _end, _examined;
    private int _nextSize = SmallestArray;

    private bool _armed;     // The transport will call OnReadable.
    private bool _waiting;   // A ReadAsync is pending on _source.
    private bool _watching;  // A handler runs: receive although nobody reads.
    private bool _held;      // A ReadResult is out: its array must not move.
    private bool _ended;     // FIN, or the connection broke.
    private bool _lost;      // The connection broke.
    private bool _canceled;  // CancelPendingRead was called.

    private ManualResetValueTaskSourceCore<bool> _source;
    private CancellationTokenRegistration _cancellation;

    /// <summary>Who reads may hold a lock: what the end of a broken connection wakes runs on another thread.</summary>
    public bool ReportsElsewhere { get; set; }

    /// <summary>The peer's FIN was read, or the connection broke: nothing is pending any more.</summary>
    public bool HasEnded => Volatile.Read(ref _ended);

    /// <summary>The connection broke, and that was read.</summary>
    public bool IsLost => Volatile.Read(ref _lost);

    /// <summary>True when a read would be answered at once.</summary>
    private bool HasNews => _end > _examined || _ended || _canceled;

    public override bool TryRead(out ReadResult result)
    {
        lock (this)
        {
            ThrowIfReading();
            if (HasNews)
            {
                result = Take();
                return true;
            }
        }
        result = default;
        return false;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ReadResult result = default;
        var answered = false;
        lock (this)
        {
            ThrowIfReading();
            _waiting = true;
            ReceiveMore();
            if (HasNews)
            {
                _waiting = false;
                answered = true;
                result = Take();
            }
            else
            {
                _source.Reset();
                if (cancellationToken.CanBeCanceled)
                    _cancellation = cancellationToken.UnsafeRegister(static (reader, token) => ((ConnectionReader)reader!).CancelRead(token), this);
            }
        }
        ReportEnd();
        return answered ? new ValueTask<ReadResult>(result) : new ValueTask<ReadResult>(this, _source.Version);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        lock (this)
        {
            if (!_held) throw new InvalidOperationException("AdvanceTo was called without a read.");
            _held = false;
            if (_array is null) return; // An empty result has no positions.
            _start = consumed.GetInteger();
            _examined = Math.Max(_start, examined.GetInteger());
            if (_start == _end) GiveArrayBack();
            if (_watching) ReceiveMore();
        }
        ReportEnd();
    }

    public override void CancelPendingRead()
    {
        bool wake;
        lock (this)
        {
            _canceled = true;
            wake = StopWaiting();
        }
        if (wake) _source.SetResult(true);
    }

    /// <summary>Reads and forgets, until the peer has closed, somebody cancels it, or so many bytes have come.</summary>
    public async Task SkipAsync(long limit)
    {
        for (long skipped = 0; skipped < limit;)
        {
            var read = await ReadAsync();
            skipped += read.Buffer.Length;
            AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled) return;
        }
    }

    /// <summary>A result that is still out is taken back, unread: who has it may not use it any more.</summary>
    public void TakeBack()
    {
        lock (this) _held = false;
    }

    /// <summary>Somebody waits for bytes.</summary>
    public bool HasPendingRead
    {
        get
        {
            lock (this) return _waiting;
        }
    }

    /// <summary>Nobody will read any more. The connection itself is closed by its owner.</summary>
    public override void Complete(Exception? exception = null)
    {
        lock (this)
        {
            _watching = false;
            _ended = true;
            if (!_held && !_waiting) GiveArrayBack();
        }
    }

    /// <summary>From now on receive even while nobody reads, so that a hang-up is seen; <see cref="EndHandler"/> ends that.</summary>
    public void Watch()
    {
        lock (this)
        {
            _watching = true;
            ReceiveMore();
        }
        ReportEnd();
    }

    /// <summary>Nobody is to be told of a hang-up any more, and a cancellation that met no reader is forgotten.</summary>
    public void EndHandler()
    {
        if (!Volatile.Read(ref _watching) && !Volatile.Read(ref _canceled)) return; // Most handlers end before anybody has to watch.
        lock (this) _watching = _canceled = false;
    }

    /// <summary>The transport has something for us: bytes, FIN or an error.</summary>
    public void OnReadable()
    {
        bool wake;
        lock (this)
        {
            _armed = false;
            if (!_ended) Fill();
            ReceiveMore();
            wake = HasNews && StopWaiting();
        }
        ReportEnd();
        if (wake) _source.SetResult(true);
    }

    /// <summary>Receives until there is news for whoever waits, or until the transport will call.</summary>
    private void ReceiveMore()
    {
        while (!_armed && !_ended && HasRoom && (_waiting ? !HasNews : _watching))
        {
            _armed = true;
            if (connection.ArmRead()) return;
            _armed = false;
            Fill();
        }
    }

    /// <summary>One receive into the free part of the array.</summary>
    private void Fill()
    {
        if (!HasRoom) return;
        MakeRoom();
        var room = _array.AsSpan(_end);
        var received = connection.Receive(room);
        if (received > 0)
        {
            _end += received;
            AdaptSize(received, room.Length);
        }
        else
        {
            if (received != Connection.Pending) _ended = true;
            _lost |= received == Connection.Lost;
            if (_start == _end && !_held) GiveArrayBack();
        }
    }

    /// <summary>
    /// False when more must wait until somebody reads: a result that is out must not move, and what nobody reads is bounded.
    /// A read that waits has looked at all there is and asks for more; its own limits bound it.
    /// </summary>
    private bool HasRoom => _array is null || _end < _array.Length || (!_held && (_waiting || _end - _start < readAhead));

    private void MakeRoom()
    {
        if (_array is null)
            _array = ArrayPool<byte>.Shared.Rent(_nextSize);
        else if (_end == _array.Length)
            Move(_end - _start <= _array.Length / 2 ? _array.Length : _array.Length * 2);
    }

    private void Move(int size)
    {
        var old = _array!;
        if (size != old.Length) _array = ArrayPool<byte>.Shared.Rent(size);
        old.AsSpan(_start.._end).CopyTo(_array);
        _end -= _start;
        _examined -= _start;
        _start = 0;
        if (_array != old) ArrayPool<byte>.Shared.Return(old);
    }

    /// <summary>A peer that fills the array gets a larger one next time, one that uses little a smaller one.</summary>
    private void AdaptSize(int received, int room)
    {
        if (received == room) _nextSize = Math.Min(_nextSize * 2, Math.Max(readAhead, SmallestArray));
        else if (received < _nextSize / 4) _nextSize = Math.Max(_nextSize / 2, SmallestArray);
    }

    private void GiveArrayBack()
    {
        if (_array is not null) ArrayPool<byte>.Shared.Return(_array);
        _array = null;
        _start = _end = _examined = 0;
    }

    private ReadResult Take()
    {
        _held = true;
        var canceled = _canceled;
        _canceled = false;
        var bytes = _array is null ? default : new ReadOnlySequence<byte>(_array, _start, _end - _start);
        return new ReadResult(bytes, canceled, _ended);
    }

    private void ThrowIfReading()
    {
        if (_waiting) throw new InvalidOperationException("A read is already pending. Await it before the next one.");
        if (_held) throw new InvalidOperationException("The last read was not ended by AdvanceTo.");
    }

    private bool StopWaiting()
    {
        var waiting = _waiting;
        _waiting = false;
        return waiting;
    }

    /// <summary>Called outside the gate: what it wakes may read.</summary>
    private void ReportEnd()
    {
        if (_lost && ReportsElsewhere) ThreadPool.UnsafeQueueUserWorkItem(static output => output.Fail(), connection.Output, preferLocal: false);
        else if (_lost) connection.Output.Fail();
        else if (_ended) connection.ReportHangUp();
    }

    private void CancelRead(CancellationToken token)
    {
        bool wake;
        lock (this) wake = StopWaiting();
        if (wake) _source.SetException(new OperationCanceledException(token));
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        _cancellation.Dispose();
        _cancellation = default;
        _source.GetResult(token);
        lock (this) return Take();
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
