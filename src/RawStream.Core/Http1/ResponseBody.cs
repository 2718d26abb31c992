using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using RawStream.Coding;
using RawStream.Transport;

namespace RawStream.Http1;

/// <summary>
/// What a handler writes, framed, on its way to the connection. One flush is one chunk. Nothing is decided before the first flush:
/// a response that is complete by then carries Content-Length, and only what goes on is chunked.
/// </summary>
internal sealed class ResponseBody(ConnectionWriter output, DateField date) : PipeWriter
{
    // Text up to this length is encoded in place, and a whole body up to this length leaves in one piece with its head.
    private const int MaxInlineText = 1024;
    private const int MaxInlineBody = 2048;

    // More than this does not stay with a connection that waits.
    private const int LargestIdleStore = 4096;

    private ResponseWriter _response = null!;
    private RequestBody? _request;
    private RequestHead? _head;
    private ArrayBufferWriter<byte>? _early; // What was written before the first flush, or, where it is coded, before the next one.
    private CodedBody? _coded;
    private ResponseFraming _framing;
    private bool _isHead;
    private bool _isHttp10;
    private bool _closes;
    private long _remaining;  // Length: how many bytes are still to come.
    private OpenChunk _chunk = new(output);
    private bool _isWriting;  // A write of several pieces is under way.
    private bool _ended;      // The handler has ended.
    private Lock? _interimGate;

    /// <summary>The head was written: status and fields are what they are.</summary>
    public bool HasStarted => _framing != ResponseFraming.Undecided;

    /// <summary>The head was the whole response, and the client has all that it asked for.</summary>
    public bool IsHeadOnly => _framing == ResponseFraming.NoBody;

    /// <summary>The client asks for the head only.</summary>
    public bool IsHeadRequest => _isHead;

    /// <summary>Only the end of the connection tells the end of this response.</summary>
    public bool EndsByClosing => _framing == ResponseFraming.UntilClose || (_framing == ResponseFraming.Upgraded && !_response.EndIsTold);

    /// <summary>The end of this response is the end of the connection.</summary>
    public bool Closes => _closes || EndsByClosing;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => IsGathered ? _early?.WrittenCount ?? 0 : _framing == ResponseFraming.Upgraded ? output.UnflushedBytes : _chunk.Size;

    /// <summary>Who decides about a content coding when the head is written; null for nobody.</summary>
    public ResponseCoding? Coding { get; set; }

    /// <summary>What is written is coded on its way: other bytes are sent.</summary>
    public bool IsCoded => _coded is not null;

    private bool IsGathered => !HasStarted || _coded is not null;

    /// <param name="response">Whose status and fields are sent.</param>
    /// <param name="head">Of the request that is answered.</param>
    /// <param name="request">Its body, which may need to be asked for.</param>
    /// <param name="keepsAlive">Whether the connection goes on after it.</param>
    public void Begin(ResponseWriter response, RequestHead head, RequestBody request, bool keepsAlive)
    {
        Begin(response, head.IsHead, head.IsHttp10, closes: !keepsAlive);
        _request = request;
        _head = head;
        _interimGate = request.IsHeldBack ? new Lock() : null;
    }

    /// <summary>For the answer to a request that could not be read.</summary>
    public void BeginRefusal(ResponseWriter response, bool isHead) => Begin(response, isHead, isHttp10: false, closes: true);

    private void Begin(ResponseWriter response, bool isHead, bool isHttp10, bool closes)
    {
        _response = response;
        _request = null;
        _isHead = isHead;
        _isHttp10 = isHttp10;
        _closes = closes;
        Coding = null;
        _framing = ResponseFraming.Undecided;
        _ended = _isWriting = false;
        _remaining = 0;
        _chunk.Reset();
        _interimGate = null;
    }

    /// <summary>After this response the connection is closed; the client is told, if the head was not sent yet.</summary>
    public void CloseAfter() => _closes = true;

    /// <summary>Forgets what was written, if nothing of it was sent: a refusal or an error takes its place.</summary>
    public void Discard() => _early?.ResetWrittenCount();

    /// <summary>The handler has ended, with a whole response or without: nobody may write any more.</summary>
    public void Close()
    {
        _ended = true;
        if (_early is { Capacity: > LargestIdleStore }) _early = null;
        else _early?.ResetWrittenCount();
        _chunk.Drop();
        _coded?.Close();
        _coded = null;
    }

    /// <summary>The client is asked for its body (RFC 9110 §10.1.1), unless the final response has begun.</summary>
    public ValueTask SendContinueAsync()
    {
        lock (_interimGate!)
        {
            if (HasStarted) return default;
            output.Write("HTTP/1.1 100 Continue\r\n\r\n"u8);
            return output.FlushNowAsync();
        }
    }

    /// <summary>One chunk and one flush; with all that <see cref="GetSpan"/> and <see cref="Advance"/> have left in front.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        ThrowIfBusy();
        if (_response.EndsAfterFlush) _response.EndNow();
        if (!HasStarted) Start(knownLength: -1);
        if (_coded is not null) return _coded.WriteAsync(TakeGathered(), bytes);
        if (_framing == ResponseFraming.Chunked && !_chunk.IsOpen && !bytes.IsEmpty)
        {
            Span<byte> sizeLine = stackalloc byte[ChunkedEncoder.LongestSizeLine];
            sizeLine = sizeLine[..ChunkedEncoder.WriteSizeLine(sizeLine, bytes.Length)];
            return output.TryWrite(sizeLine, bytes.Span, ChunkedEncoder.EndOfChunk, out var flush) ? flush : WriteLargeChunkAsync(bytes);
        }
        ThrowIfNoBody();
        return WriteUncommonAsync(bytes);
    }

    /// <summary>Text as UTF-8; the same otherwise.</summary>
    public ValueTask WriteAsync(string text)
    {
        ThrowIfBusy();
        if (!HasStarted) Start(knownLength: -1);
        ThrowIfNoBody();
        if (text.Length > MaxInlineText) return WriteLongTextAsync(text);
        var length = Encoding.UTF8.GetBytes(text, GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length)));
        Advance(length);
        return Flush();
    }

    /// <summary>The whole response at once. Without fields of the handler its head is copied from <paramref name="fieldLines"/>.</summary>
    public ValueTask WriteWholeAsync(int status, ReadOnlySpan<byte> fieldLines, ReadOnlyMemory<byte> body)
    {
        _remaining = 0;
        _framing = _isHead || StatusLine.HasNoContent(status) ? ResponseFraming.NoBody : ResponseFraming.Length;
        _closes |= _request is { EndsConnection: true };
        _response.MakeReadOnly();
        var inline = _isHead ? default : body;
        var fits = inline.Length <= MaxInlineBody;
        ResponseHead.WriteEncoded(output, status, fieldLines, date.Line, ConnectionOption, fits ? inline.Span : default);
        return fits ? default : output.WriteLargeAsync(inline);
    }

    /// <summary>Writes the 101, unflushed. From here on bytes leave as they are written, and the connection ends with the handler (RFC 9110 §7.8).</summary>
    public UpgradedPipe Upgrade(ConnectionReader input)
    {
        _framing = ResponseFraming.Upgraded;
        _closes = true;
        _response.MakeReadOnly();
        ResponseHead.Write(output, 101, _response.Fields.Fields, date.Line, _framing, length: -1, connection: default);
        return new UpgradedPipe(input, this, output);
    }

    /// <summary>The head was sent, and nothing is being written or waits to be sent.</summary>
    public bool IsQuiet => HasStarted && !_isWriting && !_chunk.IsOpen && _coded is not { IsWriting: true } && UnflushedBytes == 0 && output.IsIdle;

    /// <summary>
    /// Chunks that are framed already, from where they stand: how many bytes were sent, <see cref="Connection.Pending"/> when nothing fits, or
    /// <see cref="Connection.Lost"/>. What was begun has to be ended by <see cref="QueueFramesAsync"/>. To be called between two chunks.
    /// </summary>
    public int SendFrames(ReadOnlySpan<byte> frames) => output.SendAtOnce(frames);

    /// <summary>The rest of what <see cref="SendFrames"/> has not sent. It completes when all of it is sent.</summary>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public ValueTask QueueFramesAsync(ReadOnlyMemory<byte> frames) => DrainAfterAsync(output.WriteLargeAsync(frames));

    /// <summary>Chunks can be sent; an HTTP/1.0 client gets bytes until the end of the connection.</summary>
    public bool IsChunked => _framing == ResponseFraming.Chunked;

    /// <summary>Ends the connection at once.</summary>
    public void Cut(string reason) => output.Cut(reason);

    /// <summary>No other response waits to be sent before this one.</summary>
    public bool IsFirst => output.IsIdle;

    public StreamHealth Health => output.Health;

    /// <summary>True while nothing was written.</summary>
    public bool IsUntouched => !HasStarted && _early is not { WrittenCount: > 0 };

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ThrowIfBusy();
        if (IsGathered) return (_early ??= new ArrayBufferWriter<byte>()).GetMemory(sizeHint);
        ThrowIfNoBody();
        return _framing == ResponseFraming.Chunked ? _chunk.GetMemory(sizeHint) : output.GetMemory(sizeHint);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        ThrowIfBusy();
        if (IsGathered) return (_early ??= new ArrayBufferWriter<byte>()).GetSpan(sizeHint);
        ThrowIfNoBody();
        return _framing == ResponseFraming.Chunked ? _chunk.GetSpan(sizeHint) : output.GetSpan(sizeHint);
    }

    public override void Advance(int bytes)
    {
        if (IsGathered)
        {
            _early?.Advance(bytes);
            return;
        }
        if (_framing == ResponseFraming.Chunked)
        {
            _chunk.Advance(bytes);
            return;
        }
        TakeFromLength(bytes);
        output.Advance(bytes);
    }

    /// <summary>Sends what was written as one chunk; before the first one, the head; without anything, only that.</summary>
    /// <exception cref="OperationCanceledException">The client is gone, or asked for the head only.</exception>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        EndPiece();
        return output.FlushAsync(cancellationToken);
    }

    public ValueTask Flush()
    {
        EndPiece();
        return output.FlushSoonAsync();
    }

    /// <summary>The same, and sends at once: what was written is worth a send of its own.</summary>
    public ValueTask FlushNow()
    {
        EndPiece();
        return output.FlushNowAsync();
    }

    public override void CancelPendingFlush() => output.CancelPendingFlush();

    /// <summary>The response ends when its handler does; completing the writer before is allowed and means nothing.</summary>
    public override void Complete(Exception? exception = null)
    {
        // The end of the handler ends the body.
    }

    /// <summary>Nothing is being written, and no more was promised: <see cref="End"/> makes a whole response of what was flushed.</summary>
    public bool CanEnd => !_isWriting && !output.IsWaiting && _coded is not { IsWriting: true } && !(_framing == ResponseFraming.Length && _remaining > 0);

    /// <summary>Writes the end of the response, unflushed.</summary>
    /// <exception cref="InvalidOperationException">The handler has written less than its Content-Length, or a write is still pending.</exception>
    public void End()
    {
        ThrowIfBusy();
        if (!HasStarted) Start(_early?.WrittenCount ?? 0);
        if (_framing == ResponseFraming.Length && _remaining > 0) throw DeclaredLength.TooShort();
        _coded?.End(TakeGathered());
        if (_framing != ResponseFraming.Chunked) return;
        _chunk.Close();
        output.Write(ChunkedEncoder.LastChunk);
        foreach (var (name, value) in _response.TrailerFields) ResponseHead.WriteField(output, name, value);
        output.Write("\r\n"u8);
    }

    private ReadOnlySpan<byte> ConnectionOption =>
        Closes ? "close"u8 : _isHttp10 ? "keep-alive"u8 : default;

    /// <summary>Decides the framing and writes the head, unflushed.</summary>
    private void Start(long knownLength)
    {
        if (_interimGate is null)
        {
            WriteHead(knownLength);
            return;
        }
        lock (_interimGate) WriteHead(knownLength);
    }

    private void WriteHead(long knownLength)
    {
        var status = _response.StatusCode;
        var fields = _response.Fields;
        _response.BeforeHead?.Invoke(fields);
        var declared = DeclaredLength.Of(fields);
        var early = _early is null ? default : _early.WrittenSpan;
        // What cannot be is refused before anything is decided: the handler, or the server for it, can still answer otherwise.
        if (StatusLine.HasNoContent(status) && !early.IsEmpty) throw NoContent(status);
        if (declared >= 0 && !_isHead && early.Length > declared) throw DeclaredLength.TooLong();
        if (declared >= 0 && !_isHead && !StatusLine.HasNoContent(status) && knownLength >= 0 && knownLength < declared) throw DeclaredLength.TooShort();

        var length = declared >= 0 ? declared : knownLength;
        if (Coding is not null) early = Encode(early, isWhole: knownLength >= 0 && early.Length == length, ref length);
        _framing = Decide(status, length);
        _closes |= _request is { EndsConnection: true };
        _response.MakeReadOnly();
        // A 204 has no length, and a 304 has only one that the handler knows (RFC 9110 §8.6).
        if (status == 204 || (status == 304 && declared < 0)) length = -1;
        var told = _isHead && length < 0 && declared < 0 && !StatusLine.HasNoContent(status) && !_isHttp10
            ? ResponseFraming.Chunked // HEAD has the fields that GET would have, but for those that only coding the content would tell (RFC 9110 §9.3.2).
            : _framing;
        ResponseHead.Write(output, status, fields.Fields, date.Line, told, length, ConnectionOption);
        if (_framing == ResponseFraming.NoBody) return;
        _remaining = length;
        if (early.IsEmpty || _coded is not null) return;
        early.CopyTo(GetSpan(early.Length));
        Advance(early.Length);
        _early!.ResetWrittenCount();
    }

    private ResponseFraming Decide(int status, long length)
    {
        if (_isHead || StatusLine.HasNoContent(status)) return ResponseFraming.NoBody;
        if (length >= 0) return ResponseFraming.Length;
        return _isHttp10 ? ResponseFraming.UntilClose : ResponseFraming.Chunked;
    }

    /// <summary>
    /// Decides about the content coding. What was written so far comes back as it is to be sent, coded if that is all of it, and with the length that the client is told.
    /// What goes on is coded when it is flushed.
    /// </summary>
    private ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> early, bool isWhole, scoped ref long length)
    {
        var coding = Coding!.Choose(_head!.Fields, _response.StatusCode, _response.Fields, length);
        if (coding == ContentCodings.Identity) return early;
        var whole = isWhole ? Coding.Encode(coding, early) : null;
        if (isWhole && whole is null) return early;
        if (!isWhole && !_isHead) _coded = new CodedBody(Coding, coding, output, isChunked: !_isHttp10, length);
        Coding.Announce(_response.Fields, coding);
        length = whole?.Length ?? -1;
        return whole ?? early;
    }

    private ReadOnlySpan<byte> TakeGathered()
    {
        if (_early is null) return default;
        var gathered = _early.WrittenSpan;
        _early.ResetWrittenCount(); // The bytes are there until the next ones are written.
        return gathered;
    }

    /// <summary>The head goes now, and what was written becomes a chunk.</summary>
    private void EndPiece()
    {
        ThrowIfBusy();
        if (_response.EndsAfterFlush) _response.EndNow();
        if (!HasStarted) Start(knownLength: -1);
        if (_isHead) ThrowIfNoBody();
        _coded?.Write(TakeGathered());
        _chunk.Close();
    }

    private ValueTask WriteUncommonAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_framing != ResponseFraming.Chunked && !bytes.IsEmpty)
        {
            TakeFromLength(bytes.Length);
            return output.TryWrite(bytes.Span, default, default, out var flush) ? flush : WritePiecesAsync(bytes, endsChunk: false);
        }
        bytes.Span.CopyTo(GetSpan(bytes.Length));
        Advance(bytes.Length);
        return Flush();
    }

    private ValueTask WriteLargeChunkAsync(ReadOnlyMemory<byte> bytes)
    {
        output.Advance(ChunkedEncoder.WriteSizeLine(output.GetSpan(ChunkedEncoder.LongestSizeLine), bytes.Length));
        return WritePiecesAsync(bytes, endsChunk: true);
    }

    /// <summary>What does not fit into the buffer goes in pieces, and nothing else may get between them.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WritePiecesAsync(ReadOnlyMemory<byte> bytes, bool endsChunk)
    {
        _isWriting = true;
        try
        {
            await output.WriteLargeAsync(bytes);
            if (!endsChunk) return;
            output.Write(ChunkedEncoder.EndOfChunk);
            await output.FlushSoonAsync();
        }
        finally
        {
            _isWriting = false;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteLongTextAsync(string text)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            await WriteAsync(rented.AsMemory(0, Encoding.UTF8.GetBytes(text, rented)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>What was written is in the buffer: whoever waits here does not hold on to where it came from.</summary>
    private async ValueTask DrainAfterAsync(ValueTask write)
    {
        await write;
        await output.DrainAsync();
    }

    private void TakeFromLength(int bytes)
    {
        if (_framing != ResponseFraming.Length) return;
        if (bytes > _remaining) throw DeclaredLength.TooLong();
        _remaining -= bytes;
    }

    /// <summary>Before anything is touched: what is refused must not be half on the wire.</summary>
    private void ThrowIfBusy()
    {
        if (_ended) throw new InvalidOperationException("This response has ended with its handler. Await all writing before the handler returns.");
        if (_isWriting || output.IsWaiting || _coded is { IsWriting: true }) throw new InvalidOperationException("A write is still pending. Await it before the next one.");
    }

    private void ThrowIfNoBody()
    {
        if (_framing != ResponseFraming.NoBody) return;
        if (!_isHead) throw NoContent(_response.StatusCode);
        throw new OperationCanceledException("The client asked for the head only, and has it.");
    }

    private static InvalidOperationException NoContent(int status) => new($"A {status} has no content (RFC 9110 §6.4.1).");
}
