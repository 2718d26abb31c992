using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using RawStream.Http1;
using RawStream.Streaming;

namespace RawStream;

/// <summary>
/// Writes Server-Sent Events (WHATWG HTML §9.2): each one is one chunk and one flush. While nothing is written, comments keep the stream open. One write
/// may be under way at a time.
/// </summary>
public sealed class EventWriter : IIdleStream, IThreadPoolWorkItem
{
    private readonly ResponseWriter _response;
    private readonly Lock _gate = new(); // Between the handler and the heartbeat.
    private IdleClock _idle;
    private bool _ended;

    internal EventWriter(ResponseWriter response, EventStreamOptions options)
    {
        _response = response;
        _idle = new IdleClock(options.Heartbeat);
    }

    /// <summary>How far the client is behind.</summary>
    public StreamHealth Health => _response.Health;

    /// <summary>Writes an event of the default type, <c>message</c>. Each line end in the data, CR, LF or CRLF, arrives as LF.</summary>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    /// <exception cref="InvalidOperationException">Another write is pending.</exception>
    public ValueTask WriteAsync(string data) => WriteAsync(new SseItem<string>(data));

    /// <summary>Writes an event.</summary>
    /// <exception cref="ArgumentException">Its type or id holds CR, LF or NUL.</exception>
    /// <inheritdoc cref="WriteAsync(string)" path="/exception"/>
    public ValueTask WriteAsync(SseItem<string> item)
    {
        ArgumentNullException.ThrowIfNull(item.Data);
        return WriteAsync(item, TextEncoder.Instance);
    }

    /// <summary>Writes an event whose data is JSON.</summary>
    /// <param name="item">Its data is serialized now.</param>
    /// <param name="type">From a <c>JsonSerializerContext</c>: it needs no reflection.</param>
    /// <inheritdoc cref="WriteAsync(SseItem{string})" path="/exception"/>
    public ValueTask WriteAsync<T>(SseItem<T> item, JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return WriteAsync(item, new JsonEncoder<T>(type));
    }

    /// <summary>Writes a message as the event that its type stands for.</summary>
    /// <exception cref="ArgumentException">The message is of a type that is no event.</exception>
    /// <inheritdoc cref="WriteAsync(string)" path="/exception"/>
    public ValueTask WriteAsync<T>(T message, EventTypes<T> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        return WriteAsync(new SseItem<T>(message), types.Encoder);
    }

    /// <summary>Writes a comment, which no client dispatches.</summary>
    /// <inheritdoc cref="WriteAsync(string)" path="/exception"/>
    public ValueTask WriteCommentAsync(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        using var utf8 = PooledBuffer.Rent();
        TextEncoder.Instance.Encode(text, utf8);
        var output = PooledBuffer.Rent();
        EventStreamFormat.WriteComment(output, utf8.Span);
        return Send(output);
    }

    internal ValueTask WriteAsync<T>(SseItem<T> item, EventEncoder<T> encoder)
    {
        var output = PooledBuffer.Rent();
        try
        {
            EventStreamFormat.Write(output, item, encoder);
        }
        catch
        {
            output.Dispose();
            throw;
        }
        return Send(output);
    }

    internal ValueTask WritePreludeAsync(EventStreamOptions options)
    {
        var output = PooledBuffer.Rent();
        options.WritePrelude(output);
        return SendUnlessEmpty(output);
    }

    /// <summary>The server stops, and this is the end.</summary>
    internal ValueTask WriteFarewellAsync(EventStreamOptions options)
    {
        var output = PooledBuffer.Rent();
        options.WriteFarewell(output);
        return SendUnlessEmpty(output);
    }

    void IIdleStream.Beat(long now)
    {
        if (_idle.IsDue(now)) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    bool IIdleStream.Stop() => false;

    void IThreadPoolWorkItem.Execute()
    {
        lock (_gate)
        {
            if (!_ended && _response.Content.IsQuiet) SendSmall(EventStreamFormat.Heartbeat);
        }
    }

    /// <summary>The handler has gone on to wait: the client gets at least the head.</summary>
    internal void SendHead()
    {
        lock (_gate)
        {
            if (!_response.HasStarted) SendSmall(default);
        }
    }

    /// <summary>The handler has ended: the next response is none of ours.</summary>
    internal void End()
    {
        lock (_gate) _ended = true;
    }

    /// <summary>Beside the handler, while nothing is queued: it does not wait.</summary>
    private void SendSmall(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var write = bytes.IsEmpty ? _response.FlushAsync() : _response.WriteAsync(bytes);
            if (write.IsCompleted) write.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            // The client is gone; the handler hears of it in its own way.
        }
    }

    private ValueTask SendUnlessEmpty(PooledBuffer output)
    {
        if (!output.Span.IsEmpty) return Send(output);
        output.Dispose();
        return default;
    }

    private ValueTask Send(PooledBuffer output)
    {
        ValueTask write;
        try
        {
            lock (_gate)
            {
                if (_ended) throw new InvalidOperationException("This stream has ended with its handler. Await all writing before the handler returns.");
                write = _response.WriteAsync(output.Memory);
            }
        }
        catch
        {
            output.Dispose();
            throw;
        }
        _idle.Reset();
        if (!write.IsCompletedSuccessfully) return FinishAsync(write, output);
        output.Dispose();
        return write;
    }

    private static async ValueTask FinishAsync(ValueTask write, PooledBuffer output)
    {
        try
        {
            await write;
        }
        finally
        {
            output.Dispose();
        }
    }
}
