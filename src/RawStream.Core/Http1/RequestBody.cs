using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RawStream.Transport;

namespace RawStream.Http1;

/// <summary>
/// The body of a request, decoded, as a <see cref="PipeReader"/>. What it hands out are slices of the input: no byte is copied, with one
/// exception. When the reader has looked at bytes and left them, the next chunk has to join them, over the framing between the
/// two: <c>decoded | gap | not decoded yet</c>. The shorter side moves, so the cost never exceeds what was received.
/// </summary>
internal sealed class RequestBody(ConnectionReader input, ServerContext server) : PipeReader
{
    private MessageFraming _framing;
    private BodyDecoder? _decoder;

    private int _decoded;        // How many bytes at the front of the input are decoded and not consumed.
    private int _gap;            // How many bytes after them were framing.
    private int _resultStart;    // Where they stood in the array when they were handed out.
    private bool _allExamined;   // The reader has looked at all of them and asks for more.
    private bool _complete;
    private bool _inputHeld;     // A ReadResult of the input is out.
    private volatile bool _tooSlow;
    private volatile bool _canceled;
    private RejectionReason _refusal; // Once it was refused, nothing of the connection can be understood any more.
    private bool _ended;              // Its handler has ended.
    private Func<ValueTask>? _askForBody;

    /// <summary>At most so many bytes; more is refused with 413.</summary>
    public long MaxSize { get; set; }

    /// <summary>Fewer bytes a second, for as long as <see cref="Grace"/>, are refused with 408.</summary>
    public int BytesPerSecond { get; set; }

    public TimeSpan Grace { get; set; }

    /// <summary>The fields after it; empty before it is complete, and where there are none.</summary>
    public RequestHeaders Trailers => _complete && _framing.Kind == BodyLength.Chunked ? _decoder!.Trailers : RequestHeaders.None;

    /// <summary>Nothing of it is left in the input: what follows there is the next request.</summary>
    public bool IsConsumed => _complete && _decoded == 0;

    /// <summary>The client waits to be asked for it, and was not (RFC 9110 §10.1.1).</summary>
    public bool IsHeldBack => _askForBody is not null;

    /// <summary>
    /// It was refused, or nothing of it was read, and it is held back or too long to be skipped: the connection cannot outlive the response.
    /// </summary>
    public bool EndsConnection => IsHeldBack || _refusal != RejectionReason.None || (Received == 0 && _framing.Length > server.Limits.UnreadBodyBytes);

    public void Begin(MessageFraming framing, Func<ValueTask>? askForBody)
    {
        _complete = framing.Kind == BodyLength.None || (framing.Kind == BodyLength.ContentLength && framing.Length == 0);
        _framing = _complete ? default : framing;
        if (!_complete) (_decoder ??= new BodyDecoder(server.Limits)).Begin(framing);
        _askForBody = _complete ? null : askForBody;
        _decoded = _gap = 0;
        _allExamined = true;
        _refusal = RejectionReason.None;
        _ended = false;
        _tooSlow = _canceled = false;
        MaxSize = server.Limits.BodyBytes;
        BytesPerSecond = server.Timeouts.BodyBytesPerSecond;
        Grace = server.Timeouts.BodyGrace;
    }

    /// <summary>The handler has ended: from now on only the server reads, to skip the rest.</summary>
    public void End()
    {
        if (_inputHeld) AdvanceTo(new SequencePosition(null, _resultStart));
        _ended = true;
    }

    public override bool TryRead(out ReadResult result)
    {
        ThrowIfEnded();
        return TryReadMore(out result);
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        return ReadMoreAsync(cancellationToken);
    }

    private ValueTask<ReadResult> ReadMoreAsync(CancellationToken cancellationToken) =>
        TryReadMore(out var result) ? new ValueTask<ReadResult>(result) : WaitAsync(cancellationToken);

    private bool TryReadMore(out ReadResult result)
    {
        if (_refusal != RejectionReason.None) throw new BadRequestException(_refusal);
        if (TryAnswerFromEnd(out result)) return true;
        if (_framing.Length > MaxSize) throw Refuse(RejectionReason.BodyTooLarge);
        while (input.TryRead(out var read))
        {
            if (Decode(read, out result)) return true;
            ThrowIfIncomplete(read);
        }
        return false;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!_inputHeld) return; // The end was handed out, and holds nothing.
        var end = _resultStart + _decoded;
        ArgumentOutOfRangeException.ThrowIfLessThan(consumed.GetInteger(), _resultStart, nameof(consumed));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(consumed.GetInteger(), end, nameof(consumed));
        _inputHeld = false;
        var next = new SequencePosition(examined.GetObject(), end + _gap);
        _allExamined = examined.GetInteger() >= end;
        _decoded = end - consumed.GetInteger();
        if (_decoded == 0) _gap = 0;
        // What is left of a whole body can be had again at once; there is nothing to wait for.
        input.AdvanceTo(_decoded == 0 ? next : consumed, _allExamined && !(_complete && _decoded > 0) ? next : consumed);
    }

    public override void CancelPendingRead()
    {
        _canceled = true;
        input.CancelPendingRead();
    }

    /// <summary>The reader has had enough; the server reads the rest, or closes the connection.</summary>
    public override void Complete(Exception? exception = null)
    {
        // Nothing to release: the input belongs to the connection.
    }

    /// <summary>Reads what the handler left, up to <paramref name="most"/> bytes; false when there is more.</summary>
    /// <exception cref="BadRequestException">The rest is malformed, or does not come.</exception>
    public async ValueTask<bool> SkipRestAsync(long most)
    {
        if (_refusal != RejectionReason.None) return false;
        MaxSize = Math.Max(_framing.Length, Received + most);
        most += Received;
        while (!IsConsumed)
        {
            if (Math.Max(_framing.Length, Received) > most) return false;
            var read = await ReadMoreAsync(CancellationToken.None);
            AdvanceTo(read.Buffer.End);
        }
        return true;
    }

    /// <summary>Asked by the server's timer: whether the client sends too slowly.</summary>
    public bool IsTooSlow(long now) => _decoder is not null && _decoder.Rate.IsTooSlow(now, _decoder.Received, BytesPerSecond, Grace);

    /// <summary>The time of whoever reads from the client, this body or another part of the message, has run out.</summary>
    public void GiveUp()
    {
        _tooSlow = true;
        input.CancelPendingRead();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync(CancellationToken cancellationToken)
    {
        var ask = _askForBody;
        _askForBody = null;
        if (ask is not null) await ask();
        while (true)
        {
            _decoder!.Rate.StartWaiting(server.Heartbeat.Now);
            ReadResult read;
            try
            {
                read = await input.ReadAsync(cancellationToken);
            }
            finally
            {
                _decoder.Rate.StopWaiting(server.Heartbeat.Now);
            }
            if (Decode(read, out var result)) return result;
            ThrowIfIncomplete(read);
        }
    }

    /// <summary>Bytes of data so far.</summary>
    private long Received => _framing.Kind == BodyLength.None ? 0 : _decoder!.Received;

    /// <summary>Once all is consumed, the end is told without touching the input: what follows is the next request.</summary>
    private bool TryAnswerFromEnd(out ReadResult result)
    {
        result = new ReadResult(default, isCanceled: false, isCompleted: true);
        return _complete && _decoded == 0 && !_inputHeld;
    }

    /// <summary>Decodes what has come. False: no data is in it yet, and the input was told so.</summary>
    private bool Decode(ReadResult read, out ReadResult result)
    {
        var start = 0;
        if (_allExamined && !_complete) start = DecodeRuns(read);
        if (_tooSlow) throw Refuse(read, RejectionReason.BodyTooSlow);
        var unread = read.Buffer.Slice(start, _decoded);
        // The server's timer cancels reads, too; what it meant for the head may come late.
        var canceled = read.IsCanceled && _canceled;
        result = new ReadResult(unread, canceled, _complete);
        if (_allExamined && !_complete && !canceled)
        {
            input.AdvanceTo(unread.Start, read.Buffer.End);
            return false;
        }
        _canceled &= !canceled;
        _resultStart = unread.Start.GetInteger();
        _inputHeld = true;
        return true;
    }

    /// <summary>Decodes one run of data in place, or all there are when they have to join what the reader has left. Tells where the data starts.</summary>
    private int DecodeRuns(ReadResult read)
    {
        _askForBody = null; // It comes without being asked for.
        var bytes = MemoryMarshal.AsMemory(read.Buffer.First).Span;
        var joins = _decoded > 0;
        var start = 0;
        int data;
        do
        {
            var rejection = _decoder!.Read(bytes[(start + _decoded + _gap)..], MaxSize, out var framing, out data);
            if (rejection != RejectionReason.None) throw Refuse(read, rejection);
            _complete = _decoder.IsComplete;
            _gap += framing;
            start += Join(bytes[start..], data);
            _allExamined &= data == 0;
        }
        while (joins && data > 0 && !_complete);
        return start;
    }

    /// <summary>Puts the decoded bytes and the run behind the gap together; tells how far the decoded bytes have moved.</summary>
    private int Join(Span<byte> bytes, int data)
    {
        var moved = 0;
        if (_decoded <= _gap)
        {
            bytes[.._decoded].CopyTo(bytes[_gap..]);
            moved = _gap;
            _gap = 0;
        }
        else if (_gap > 0)
        {
            bytes.Slice(_decoded + _gap, data).CopyTo(bytes[_decoded..]);
        }
        _decoded += data;
        return moved;
    }

    /// <summary>The rest of the connection cannot be understood: all of it is left where it is.</summary>
    private BadRequestException Refuse(ReadResult read, RejectionReason reason)
    {
        _inputHeld = false;
        input.AdvanceTo(read.Buffer.Start);
        return Refuse(reason);
    }

    private BadRequestException Refuse(RejectionReason reason)
    {
        _refusal = reason;
        return new BadRequestException(reason);
    }

    private void ThrowIfIncomplete(ReadResult read)
    {
        if (read.IsCompleted) throw Refuse(RejectionReason.IncompleteBody);
    }

    private void ThrowIfEnded()
    {
        if (_ended) throw new InvalidOperationException("This body has ended with its handler. Await all reading before the handler returns.");
    }
}
