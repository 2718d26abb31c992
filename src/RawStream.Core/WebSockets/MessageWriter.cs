using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using RawStream.Http1;
using RawStream.Streaming;

namespace RawStream.WebSockets;

/// <summary>
/// The frames to a client (RFC 6455 §5.4), from any thread: one message after the other, with control frames in between. Each call completes when the connection has taken its
/// bytes, and no message waits here but in the hands of its caller.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose handle nobody asks for holds nothing; the deflater is disposed of by Stop.")]
internal sealed class MessageWriter(UpgradedPipe output, MessageDeflater? deflater)
{
    private readonly SemaphoreSlim _messages = new(1);
    private readonly SemaphoreSlim _frames = new(1);
    private volatile bool _isClosing;

    /// <summary>A close was sent, or will never be: nothing can be sent any more.</summary>
    public bool IsClosing => _isClosing;

    /// <summary>What was said in the close, once it is sent.</summary>
    public WebSocketCloseStatus? CloseStatus { get; private set; }

    /// <summary>A whole message; text is UTF-8.</summary>
    /// <exception cref="OperationCanceledException">The WebSocket is closing, or the client is gone.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> payload, bool isText)
    {
        var opcode = isText ? Opcode.Text : Opcode.Binary;
        await _messages.WaitAsync();
        try
        {
            ThrowIfClosing();
            if (deflater is null || payload.Length < MessageDeflater.Smallest)
            {
                await SendFrameAsync(opcode, payload);
                return;
            }
            using var compressed = deflater.Deflate(payload.Span);
            await SendFrameAsync(opcode, compressed.Memory, isCompressed: true);
        }
        finally
        {
            _messages.Release();
        }
    }

    /// <summary>A text.</summary>
    /// <inheritdoc cref="SendAsync(ReadOnlyMemory{byte}, bool)" path="/exception"/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(string text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            await SendAsync(bytes.AsMemory(0, Encoding.UTF8.GetBytes(text, bytes)), isText: true);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>A message in pieces, a frame each. Where they do not come to their end the message has none either, and the WebSocket is closed with 1011.</summary>
    /// <exception cref="ArgumentException">It is text, and not UTF-8.</exception>
    /// <inheritdoc cref="SendAsync(ReadOnlyMemory{byte}, bool)" path="/exception"/>
    public async ValueTask SendAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, bool isText)
    {
        var opcode = isText ? Opcode.Text : Opcode.Binary;
        var utf8 = default(Utf8Check);
        await _messages.WaitAsync();
        try
        {
            await foreach (var piece in pieces)
            {
                if (isText && !utf8.Accept(piece.Span)) throw new ArgumentException("A text message is UTF-8, and this is not (RFC 6455 §5.6).", nameof(pieces));
                await SendFrameAsync(opcode, piece, isFinal: false);
                opcode = Opcode.Continuation;
            }
            if (!utf8.IsComplete) throw new ArgumentException("A text message ends inside a character.", nameof(pieces));
            await SendFrameAsync(opcode, default);
        }
        catch when (opcode == Opcode.Continuation)
        {
            await CloseAsync(WebSocketCloseStatus.InternalServerError, reason: null);
            throw;
        }
        finally
        {
            _messages.Release();
        }
    }

    /// <summary>Answers a ping, unless a close was sent (RFC 6455 §5.5.3). It does not fail: the client may be gone.</summary>
    public async ValueTask PongAsync(byte[] payload)
    {
        try
        {
            await SendFrameAsync(Opcode.Pong, payload);
        }
        catch (OperationCanceledException)
        {
            // Whoever reads sees how it ends.
        }
    }

    /// <summary>Sends a close, if none was sent. It does not fail: the client may be gone.</summary>
    /// <exception cref="ArgumentException">The status is none that may be sent, or the reason is longer than 123 bytes of UTF-8.</exception>
    public async ValueTask CloseAsync(WebSocketCloseStatus? status, string? reason)
    {
        var payload = CloseFrame.Write(status, reason);
        await _frames.WaitAsync();
        try
        {
            if (_isClosing) return;
            _isClosing = true;
            CloseStatus = status;
            await WriteFrameAsync(Opcode.Close, payload, isFinal: true, isCompressed: false);
        }
        catch (OperationCanceledException)
        {
            // There is nobody left to tell.
        }
        finally
        {
            _frames.Release();
        }
    }

    /// <summary>A ping beside the handler, if nothing is being sent or waits for it. It does not wait.</summary>
    public bool TryPing()
    {
        if (!_frames.Wait(0)) return false;
        try
        {
            if (_isClosing || !output.IsQuiet) return false;
            var write = WriteFrameAsync(Opcode.Ping, default, isFinal: true, isCompressed: false);
            if (write.IsCompleted) write.GetAwaiter().GetResult();
            return true;
        }
        catch (OperationCanceledException)
        {
            return false; // The client is gone; the reader hears of it in its own way.
        }
        finally
        {
            _frames.Release();
        }
    }

    /// <summary>The handler has ended: nobody writes any more.</summary>
    public void Stop()
    {
        _isClosing = true;
        deflater?.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendFrameAsync(Opcode opcode, ReadOnlyMemory<byte> payload, bool isFinal = true, bool isCompressed = false)
    {
        await _frames.WaitAsync();
        try
        {
            ThrowIfClosing();
            await WriteFrameAsync(opcode, payload, isFinal, isCompressed);
        }
        finally
        {
            _frames.Release();
        }
    }

    private ValueTask WriteFrameAsync(Opcode opcode, ReadOnlyMemory<byte> payload, bool isFinal, bool isCompressed)
    {
        Span<byte> header = stackalloc byte[FrameHeader.LargestSent];
        header = header[..FrameHeader.Write(header, opcode, isFinal, isCompressed, payload.Length)];
        return output.WritePairAsync(header, payload);
    }

    private void ThrowIfClosing()
    {
        if (_isClosing) throw new OperationCanceledException("The WebSocket is closing.");
    }
}
