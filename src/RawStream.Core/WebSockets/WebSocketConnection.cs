using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using RawStream.Http1;
using RawStream.Streaming;
using RawStream.WebSockets;

namespace RawStream;

/// <summary>
/// A WebSocket (RFC 6455), as its handler sees it. Messages are read by one reader at a time and sent from any thread. Pings of the client are answered while no message of it
/// waits to be read, whether the handler reads or not; its close ends the reading, and fires <see cref="Request.Aborted"/>. It belongs to its handler, and closes when that ends.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Release disposes of what it owns.")]
public sealed class WebSocketConnection : IIdleStream, IAbortListener, IThreadPoolWorkItem
{
    private const int PieceSize = 16 * 1024;

    private readonly Request _request;
    private readonly ResponseWriter _response;
    private readonly WebSocketOptions _options;
    private readonly MessageWriter _writer;
    private readonly MessageReader _reader;
    private WebSocketClock _clock;
    private ValueTask<bool> _listening; // Waits for the next message, and answers control frames meanwhile.
    private bool _isListening;
    private PooledBuffer? _message;     // What was handed out last.
    private int _isReading;
    private volatile bool _hasEnded;
    private int _duties;                // What the timer wants done, by the thread pool.

    internal WebSocketConnection(Request request, ResponseWriter response, IDuplexPipe pipe, Handshake agreed, WebSocketOptions options)
    {
        _request = request;
        _response = response;
        _options = options;
        Subprotocol = agreed.Subprotocol;
        var upgraded = (UpgradedPipe)pipe;
        _writer = new MessageWriter(upgraded, agreed.Deflate is null ? null : new MessageDeflater(agreed.Deflate.KeepsContext));
        _reader = new MessageReader(upgraded, request, _writer, inflates: agreed.Deflate is not null);
        _clock = new WebSocketClock(options.PingInterval);
    }

    /// <summary>What was agreed on of <see cref="WebSocketOptions.Subprotocols"/>, or null.</summary>
    public string? Subprotocol { get; }

    /// <summary>
    /// How it was closed: what the client has said, or else what it was told. Null while it is open, and where the client has left without a close, or has given no status.
    /// </summary>
    public WebSocketCloseStatus? CloseStatus => _reader.HasClosed ? _reader.Close.Status : _writer.CloseStatus;

    /// <summary>The reason that the client has given for its close; may be empty. Null where it has sent none.</summary>
    public string? CloseReason => _reader.HasClosed ? _reader.Close.Reason : null;

    /// <summary>How far the client is behind.</summary>
    public StreamHealth Health => _response.Content.Health;

    /// <summary>
    /// The messages that the client sends, each whole, until it closes, leaves, or makes a mistake, or the server has closed; then the sequence ends,
    /// without an exception. A message is valid until the next one is asked for.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another read is pending.</exception>
    public async IAsyncEnumerable<WebSocketMessage> ReadAllAsync()
    {
        while (await ReadAsync() is { } message) yield return message;
    }

    /// <summary>The next message, whole; null when there is none. It is valid until the next one is asked for.</summary>
    /// <inheritdoc cref="ReadAllAsync" path="/exception"/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<WebSocketMessage?> ReadAsync()
    {
        BeginRead();
        try
        {
            if (await NextMessage())
            {
                _clock.OnMessage();
                await GatherAsync(_message = PooledBuffer.Rent());
                var message = WebSocketMessage.Received(_message.Memory, _reader.IsText);
                Listen();
                return message;
            }
        }
        catch (Exception e) when (e is WebSocketFailure or EndOfStreamException)
        {
            _reader.End(e as WebSocketFailure);
        }
        finally
        {
            EndRead();
        }
        await AnswerCloseAsync();
        return null;
    }

    /// <summary>
    /// The messages as they come, in pieces, for those that are too large to be held: <see cref="WebSocketOptions.MaxMessageSize"/> does not count. Each message ends with an empty
    /// piece. A message that the client does not finish has no such piece: the sequence ends.
    /// </summary>
    /// <inheritdoc cref="ReadAllAsync" path="/exception"/>
    public async IAsyncEnumerable<WebSocketPiece> ReadPiecesAsync()
    {
        while (await ReadPieceAsync() is { } piece) yield return piece;
    }

    /// <summary>Sends a text. It completes when the connection has taken it: a slow client slows its own sender.</summary>
    /// <exception cref="OperationCanceledException">The WebSocket is closing, or the client is gone.</exception>
    public ValueTask SendAsync(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _clock.OnMessage();
        return Sent(_writer.SendAsync(text));
    }

    /// <summary>Sends a binary message.</summary>
    /// <inheritdoc cref="SendAsync(string)"/>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        _clock.OnMessage();
        return Sent(_writer.SendAsync(bytes, isText: false));
    }

    /// <summary>Sends a message, for example one that was received.</summary>
    /// <inheritdoc cref="SendAsync(string)"/>
    public ValueTask SendAsync(WebSocketMessage message)
    {
        _clock.OnMessage();
        return Sent(_writer.SendAsync(message.Bytes, message.IsText));
    }

    /// <summary>
    /// Sends one message in pieces, a frame each, as they come; other messages wait until it has ended. Where the sequence throws, the message cannot be
    /// whole any more: the WebSocket is closed with 1011.
    /// </summary>
    /// <param name="pieces">Not compressed.</param>
    /// <param name="isText">They are UTF-8; a character may be cut.</param>
    /// <exception cref="ArgumentException">It is text, and not UTF-8.</exception>
    /// <inheritdoc cref="SendAsync(string)" path="/exception"/>
    public ValueTask SendAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, bool isText = false)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        _clock.OnMessage();
        return Sent(_writer.SendAsync(pieces, isText));
    }

    /// <summary>
    /// Tells the client that this is the end (RFC 6455 §7.1.2); nothing can be sent after it. What the client still sends can be read, up to its own close.
    /// When the handler has ended, it is waited for that close, for <see cref="WebSocketOptions.CloseTimeout"/>.
    /// </summary>
    /// <param name="status">1000 to 1003, 1007 to 1014, or 3000 to 4999.</param>
    /// <param name="reason">At most 123 bytes of UTF-8.</param>
    /// <exception cref="ArgumentException">The status is none that may be sent, or the reason is too long.</exception>
    public ValueTask CloseAsync(WebSocketCloseStatus status = WebSocketCloseStatus.NormalClosure, string? reason = null) => _writer.CloseAsync(status, reason);

    internal bool IsClosing => _writer.IsClosing || _reader.HasEnded || _request.HasHungUp;

    IAbortListener? IAbortListener.Next { get; set; }

    internal void Open()
    {
        _response.IdleStream = this;
        _response.PreferStopPolicy(StopPolicy.Now);
        _request.ListenForAbort(this);
        Listen();
    }

    /// <summary>The handler has ended: the close is sent, if it was not, and answered, or not.</summary>
    internal async ValueTask EndAsync(WebSocketCloseStatus status)
    {
        await AnswerCloseAsync();
        if (!_reader.HasEnded) await _writer.CloseAsync(status, reason: null);
        _response.EndIsTold = true;
        if (Interlocked.Exchange(ref _isReading, 1) == 1) return; // The handler has left a read pending; the connection tells the log.
        try
        {
            while (await NextMessage()) await _reader.SkipAsync();
        }
        catch (Exception e) when (e is WebSocketFailure or EndOfStreamException)
        {
            _reader.End(failure: null); // It was told to go.
        }
    }

    internal void Release()
    {
        _hasEnded = true;
        _response.IdleStream = null;
        _request.StopListening(this);
        _writer.Stop();
        _reader.Dispose();
        _message?.Dispose();
    }

    void IIdleStream.Beat(long now) => Do(_clock.Beat(now, _options, _reader, _writer));

    bool IIdleStream.Stop()
    {
        Do(WebSocketDuty.Leave);
        return true;
    }

    /// <summary>The client has hung up, which whoever reads sees, or the server cannot wait any longer.</summary>
    void IAbortListener.OnAborted()
    {
        if (_request.HasHungUp) return;
        if (_response.IsStopping && !_reader.HasClosed) SendLeave();
        _reader.GiveUp();
    }

    void IThreadPoolWorkItem.Execute()
    {
        var duties = (WebSocketDuty)Interlocked.Exchange(ref _duties, 0);
        if (_hasEnded) return;
        if (duties.HasFlag(WebSocketDuty.Ping) && !_writer.TryPing()) _clock.OnNoPing();
        if (duties.HasFlag(WebSocketDuty.Leave)) SendLeave();
        if (duties.HasFlag(WebSocketDuty.CloseIdle)) Send(_writer.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "idle for too long"));
        if (duties.HasFlag(WebSocketDuty.AnswerClose)) Send(AnswerCloseAsync());
        if (duties.HasFlag(WebSocketDuty.GiveUp)) _reader.GiveUp();
        if (duties.HasFlag(WebSocketDuty.Cut)) _response.Content.Cut("a ping was not answered");
    }

    /// <summary>Where the server stops, this may have been the last message.</summary>
    private ValueTask Sent(ValueTask send) => _response.EndsAfterFlush ? LeaveAfterAsync(send) : send;

    private async ValueTask LeaveAfterAsync(ValueTask send)
    {
        await send;
        _response.EndNow();
    }

    private void SendLeave() => Send(_writer.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "drained at shutdown"));

    private static void Send(ValueTask close) => _ = close.AsTask();

    private void Do(WebSocketDuty duty)
    {
        if (duty != WebSocketDuty.None && Interlocked.Or(ref _duties, (int)duty) == 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void BeginRead()
    {
        if (Interlocked.Exchange(ref _isReading, 1) == 1) throw new InvalidOperationException("A read is pending. Await it before the next one.");
        _message?.Dispose();
        _message = null;
    }

    private void EndRead() => Volatile.Write(ref _isReading, 0);

    /// <summary>From now on control frames are answered, until the next message comes.</summary>
    [SuppressMessage("Reliability", "CA2012", Justification = "Whoever takes it takes the flag, too: it is awaited once.")]
    private void Listen()
    {
        _isListening = true;
        _listening = _reader.NextFrameAsync();
    }

    /// <summary>False: there is none.</summary>
    private ValueTask<bool> NextMessage()
    {
        if (!_isListening) return _reader.HasEnded ? default : SkipToNextAsync();
        _isListening = false;
        return _listening;
    }

    /// <summary>Not all pieces of the last message were asked for.</summary>
    private async ValueTask<bool> SkipToNextAsync()
    {
        await _reader.SkipAsync();
        return await _reader.NextFrameAsync();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask GatherAsync(PooledBuffer message)
    {
        while (true)
        {
            if (_reader.Promised > _options.MaxMessageSize - message.Span.Length) throw TooBig();
            var count = await _reader.ReadAsync(_reader.IsAtEnd ? default : message.GetMemory());
            if (count == 0) return;
            message.Advance(count);
            if (message.Span.Length > _options.MaxMessageSize) throw TooBig();
        }
    }

    private WebSocketFailure TooBig() =>
        new(WebSocketCloseStatus.MessageTooBig, $"A message is larger than {_options.MaxMessageSize} bytes.");

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WebSocketPiece?> ReadPieceAsync()
    {
        BeginRead();
        try
        {
            if ((!_isListening && _reader.IsInMessage) || await NextMessage())
            {
                _clock.OnMessage();
                _message = PooledBuffer.Rent();
                var count = await _reader.ReadAsync(_message.GetMemory(PieceSize));
                _message.Advance(count);
                var piece = new WebSocketPiece(_message.Memory, _reader.IsText, EndsMessage: count == 0);
                if (piece.EndsMessage) Listen();
                return piece;
            }
        }
        catch (Exception e) when (e is WebSocketFailure or EndOfStreamException)
        {
            _reader.End(e as WebSocketFailure);
        }
        finally
        {
            EndRead();
        }
        await AnswerCloseAsync();
        return null;
    }

    /// <summary>
    /// The client's close is sent back, and a client that has made a mistake is told so (RFC 6455 §7.1.7): once all that it has sent before was handled,
    /// so that the answers to that go before.
    /// </summary>
    private ValueTask AnswerCloseAsync()
    {
        if (_reader.Failure is { } failure) return _writer.CloseAsync(failure.Status, failure.Message);
        return _reader.HasClosed ? _writer.CloseAsync(_reader.Close.Status, reason: null) : default;
    }
}
