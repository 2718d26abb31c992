using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using RawStream.Http1;

namespace RawStream.WebSockets;

/// <summary>
/// The messages that a client sends (RFC 6455 §5.4), frame by frame. What is wrong with them is seen at the byte that shows it. Pings are answered where they stand; one reader
/// is at it at a time. It holds no buffer: payloads are unmasked where the caller wants them.
/// </summary>
/// <param name="input">Its buffers are of one segment.</param>
/// <param name="request">Is told when the client leaves.</param>
/// <param name="writer">Answers pings.</param>
/// <param name="inflates">Compression was agreed on.</param>
internal sealed class MessageReader(UpgradedPipe input, Request request, MessageWriter writer, bool inflates) : IDisposable
{
    private const int ScratchSize = 1024;

    private MessageInflater? _inflater;
    private Utf8Check _utf8;
    private bool _isInMessage;
    private bool _isCompressed;
    private bool _hasEnded;
    private bool _isFinal;    // The frame ends its message.
    private long _left;       // Bytes of the frame's payload that were not read.
    private long _position;   // Bytes that were.
    private uint _mask;
    private volatile bool _mustEnd;
    private volatile bool _hasHeard;

    /// <summary>A message has begun and was not read to its end.</summary>
    public bool IsInMessage => _isInMessage;

    public bool IsText { get; private set; }

    /// <summary>Nothing more is read: the client has closed, or is gone, or has made a mistake, or nobody can wait for it any longer.</summary>
    public bool HasEnded => _mustEnd || _hasEnded;

    /// <summary>The client has sent a close.</summary>
    public bool HasClosed { get; private set; }

    /// <summary>What the client has said in it.</summary>
    public (WebSocketCloseStatus? Status, string Reason) Close { get; private set; }

    /// <summary>The mistake that the client has made.</summary>
    public WebSocketFailure? Failure { get; private set; }

    /// <summary>Bytes of the payload of this frame that are still to be read; for a compressed one they say nothing.</summary>
    public long Promised => _isCompressed ? 0 : _left;

    /// <summary>The whole message was read; of a compressed one that is not known.</summary>
    public bool IsAtEnd => !_isCompressed && _isFinal && _left == 0;

    /// <summary>True when the client is silent: it was asked for bytes all the time since the last call, and none have come.</summary>
    public bool TakeSilence()
    {
        var isSilent = !_hasHeard && input.HasPendingRead;
        _hasHeard = false;
        return isSilent;
    }

    /// <summary>Whoever reads, now or later, is told that it has ended.</summary>
    public void GiveUp()
    {
        _mustEnd = true;
        input.CancelPendingRead();
    }

    /// <summary>Nothing more is read. Whoever waits for the client, or sends to it only, is told so.</summary>
    public void End(WebSocketFailure? failure)
    {
        _hasEnded = true;
        Failure ??= failure;
        request.HangUp();
    }

    /// <summary>Goes on to the next frame of a message. False: there is none.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> NextFrameAsync()
    {
        try
        {
            while (!HasEnded)
            {
                if (!input.TryRead(out var read)) read = await input.ReadAsync();
                _hasHeard = true;
                if (!TryTakeHead(read, out var header, out var payload)) continue;
                if (!header.IsControl)
                {
                    Begin(header);
                    return true;
                }
                if (header.Opcode == Opcode.Ping) await writer.PongAsync(payload);
                if (header.Opcode == Opcode.Close) TakeClose(payload);
            }
        }
        catch (WebSocketFailure failure)
        {
            End(failure);
        }
        return false;
    }

    /// <summary>Some bytes of the message, decoded; 0 at its end. To be called after a frame of it has begun.</summary>
    /// <exception cref="WebSocketFailure">The client has made a mistake.</exception>
    /// <exception cref="EndOfStreamException">The client has closed or left in the middle of a message.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadAsync(Memory<byte> destination)
    {
        var count = _isCompressed ? await InflateAsync(destination) : await ReadPayloadAsync(destination);
        if (IsText && (!_utf8.Accept(destination.Span[..count]) || (count == 0 && !_utf8.IsComplete)))
            throw new WebSocketFailure(WebSocketCloseStatus.InvalidPayloadData, "A text message is not UTF-8.");
        _isInMessage = count > 0;
        return count;
    }

    /// <summary>Reads the rest of the message that has begun.</summary>
    /// <inheritdoc cref="ReadAsync" path="/exception"/>
    public async ValueTask SkipAsync()
    {
        if (!_isInMessage) return;
        var scratch = ArrayPool<byte>.Shared.Rent(ScratchSize);
        try
        {
            while (await ReadAsync(scratch) > 0)
            {
                // Nobody wants it.
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    public void Dispose() => _inflater?.Dispose();

    private async ValueTask<int> InflateAsync(Memory<byte> destination)
    {
        _inflater ??= new MessageInflater(ReadPayloadAsync);
        var count = await _inflater.InflateAsync(destination);
        if (count > 0) return count;
        await _inflater.SkipRestAsync(destination);
        await _inflater.DisposeAsync();
        _inflater = null;
        return 0;
    }

    /// <summary>Some bytes of the message as they were sent; 0 at its end.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadPayloadAsync(Memory<byte> destination)
    {
        while (_left == 0)
        {
            if (_isFinal) return 0;
            if (!await NextFrameAsync()) throw HasNoEnd();
        }
        while (!HasEnded)
        {
            if (!input.TryRead(out var read)) read = await input.ReadAsync();
            _hasHeard = true;
            var bytes = read.Buffer.FirstSpan;
            var count = (int)Math.Min(Math.Min(bytes.Length, destination.Length), _left);
            if (count == 0)
            {
                WaitForMore(read);
                continue;
            }
            bytes[..count].CopyTo(destination.Span);
            input.AdvanceTo(read.Buffer.GetPosition(count));
            Masking.Apply(destination.Span[..count], _mask, _position);
            _position += count;
            _left -= count;
            return count;
        }
        throw HasNoEnd();
    }

    /// <summary>Takes the head of a frame from the input, and with that of a control frame its payload. False: not all of it is there.</summary>
    private bool TryTakeHead(ReadResult read, out FrameHeader header, out byte[] payload)
    {
        payload = [];
        var bytes = read.Buffer.FirstSpan;
        var status = FrameHeader.TryRead(bytes, inflates, out header, out var fault);
        if (status == OperationStatus.InvalidData)
        {
            input.AdvanceTo(read.Buffer.Start);
            throw Mistake(fault);
        }
        var size = header.Size + (header.IsControl ? (int)header.PayloadLength : 0);
        if (status == OperationStatus.NeedMoreData || bytes.Length < size)
        {
            WaitForMore(read);
            return false;
        }
        if (header.IsControl)
        {
            payload = bytes[header.Size..size].ToArray();
            Masking.Apply(payload, header.Mask, 0);
        }
        input.AdvanceTo(read.Buffer.GetPosition(size));
        return true;
    }

    /// <summary>What is there is not enough, and may be all.</summary>
    private void WaitForMore(ReadResult read)
    {
        input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        _hasEnded |= read.IsCompleted;
    }

    private void Begin(FrameHeader header)
    {
        var continues = header.Opcode == Opcode.Continuation;
        if (continues && !_isInMessage) throw Mistake("There is nothing to continue.");
        if (!continues && _isInMessage) throw Mistake("A message begins inside another one.");
        _isFinal = header.IsFinal;
        _left = header.PayloadLength;
        _mask = header.Mask;
        _position = 0;
        if (continues) return;
        _isInMessage = true;
        _isCompressed = header.IsCompressed;
        IsText = header.Opcode == Opcode.Text;
        _utf8 = default;
    }

    private void TakeClose(ReadOnlySpan<byte> payload)
    {
        Close = CloseFrame.Read(payload);
        HasClosed = true;
        End(failure: null);
    }

    private static EndOfStreamException HasNoEnd() => new("The client has left in the middle of a message.");

    private static WebSocketFailure Mistake(string sentence) => new(WebSocketCloseStatus.ProtocolError, sentence);
}
