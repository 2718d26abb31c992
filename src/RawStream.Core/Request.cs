using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using RawStream.Coding;
using RawStream.Http1;
using RawStream.Middleware;
using RawStream.Streaming;
using RawStream.Transport;

namespace RawStream;

/// <summary>
/// What a client asks for. Text is made of it when it is asked for, and not before. It belongs to one handler at a time, is reused
/// after it, and refuses to be used then: take what you need out of it, as text, to where it outlives the handler. (Once the next request of the
/// same connection is being handled, a mistake of that kind cannot be told from it any more.)
/// </summary>
public sealed class Request
{
    private static readonly Version Http10 = new(1, 0);
    private static readonly Version Http11 = new(1, 1);

    private readonly RequestHead _head;
    private readonly RequestBody _body;
    private readonly Connection _connection;

    private bool _isActive;
    private long _contentLength; // Negative for a chunked body.
    private string? _method;
    private string? _target;
    private string? _path;
    private Query? _query;
    private RequestCookies? _cookies;
    private RouteValues _route = RouteValues.None;
    private PipeReader? _decodedBody;
    private CancellationTokenSource? _aborted;
    private IAbortListener? _abortListeners; // Each names the next one. Guarded by _head.
    private bool _mustEnd;

    internal Request(Connection connection, RequestHead head, RequestBody body)
    {
        _connection = connection;
        _head = head;
        _body = body;
    }

    /// <summary>The method as it was sent; case counts (RFC 9110 §9.1).</summary>
    public string Method
    {
        get
        {
            ThrowIfEnded();
            return _method ??= KnownMethods.Text(_head.Method);
        }
    }

    /// <summary>The request-target as it was sent (RFC 9112 §3.2).</summary>
    public string Target
    {
        get
        {
            ThrowIfEnded();
            return _target ??= Encoding.ASCII.GetString(_head.Target);
        }
    }

    /// <summary>For a log: its method and target, if it is being handled.</summary>
    internal string Describe() => _isActive ? $"{KnownMethods.Text(_head.Method)} {Encoding.ASCII.GetString(_head.Target)}" : "no request";

    /// <summary>The path of the target as it was sent, not decoded and without the query; "*" for <c>OPTIONS *</c>.</summary>
    public string Path
    {
        get
        {
            ThrowIfEnded();
            return _path ??= Encoding.ASCII.GetString(_head.Path);
        }
    }

    /// <summary>The query of the target, decoded.</summary>
    public Query Query
    {
        get
        {
            ThrowIfEnded();
            return _query ??= new Query(_head);
        }
    }

    /// <summary>What the braces of the route's pattern matched.</summary>
    public RouteValues Route
    {
        get
        {
            ThrowIfEnded();
            return _route;
        }
        internal set => _route = value;
    }

    /// <summary>The header fields.</summary>
    public RequestHeaders Headers
    {
        get
        {
            ThrowIfEnded();
            return _head.Fields;
        }
    }

    /// <summary>The cookies that the client sent (RFC 6265).</summary>
    public RequestCookies Cookies
    {
        get
        {
            ThrowIfEnded();
            return _cookies ??= new RequestCookies(_head.Fields);
        }
    }

    /// <summary>The fields after a chunked body (RFC 9110 §6.5). They are complete when the body was read to its end, and empty before.</summary>
    public RequestHeaders Trailers
    {
        get
        {
            ThrowIfEnded();
            return _body.Trailers;
        }
    }

    /// <summary>
    /// The authority that the client means, <c>host[:port]</c>: of an absolute-form, else of the Host field (RFC 9112 §3.3); behind <see cref="Forwarded.UseForwarded"/>
    /// what a trusted proxy tells.
    /// </summary>
    public string Host
    {
        get
        {
            ThrowIfEnded();
            return ToldByProxy?.Host ?? (_head.Authority.IsEmpty ? _head.Fields["Host"] ?? "" : Encoding.ASCII.GetString(_head.Authority));
        }
    }

    /// <summary>
    /// The id of the last event that the client has seen before it connected anew: what EventSource sends as Last-Event-ID, or the query parameter
    /// <c>lastEventId</c> of clients that cannot set a field. Null when there is none (WHATWG HTML §9.2.3).
    /// </summary>
    public string? LastEventId => Headers["Last-Event-ID"] ?? Query["lastEventId"];

    /// <summary>"https" or "http"; behind <see cref="Forwarded.UseForwarded"/> what a trusted proxy tells.</summary>
    public string Scheme => ToldByProxy?.Scheme ?? (_connection.IsSecure ? "https" : "http");

    /// <summary>What the client has shown of itself in the TLS handshake; see <see cref="HttpsOptions.ClientCertificates"/>.</summary>
    public X509Certificate2? ClientCertificate => _connection.ClientCertificate;

    /// <summary>1.1 or 1.0.</summary>
    public Version ProtocolVersion => _head.IsHttp10 ? Http10 : Http11;

    /// <summary>
    /// The other end of the connection; null where it has no address. Behind <see cref="Forwarded.UseForwarded"/> the client that a trusted proxy tells, with port 0 where
    /// it tells none.
    /// </summary>
    public EndPoint? RemoteEndPoint => ToldByProxy?.RemoteEndPoint ?? _connection.RemoteEndPoint;

    /// <summary>
    /// Fires within milliseconds after the client has left, by FIN or RST, without a write being needed; and when the server stops. A client that has
    /// only closed its sending side looks the same: a handler that ignores the token can still answer it.
    /// </summary>
    public CancellationToken Aborted
    {
        get
        {
            ThrowIfEnded();
            var aborted = Volatile.Read(ref _aborted);
            if (aborted is null)
            {
                aborted = new CancellationTokenSource();
                aborted = Interlocked.CompareExchange(ref _aborted, aborted, null) ?? aborted;
                // A handler that blocks its thread, or never has to wait, would not be watched otherwise.
                _connection.Input.Watch();
                // Whoever hung up just now has looked for the source before it was there.
                if (_connection.HasHungUp || Volatile.Read(ref _mustEnd)) aborted.Cancel();
            }
            return aborted.Token;
        }
    }

    /// <summary>
    /// The time, every <paramref name="period"/>, until the client leaves; then it ends, without an exception. The first one comes after one period. A handler that is late
    /// misses ticks and does not get them in a burst.
    /// <para>
    /// All streams of one period share their timers, so what is done between two ticks must not block: it would hold up the others. <see cref="Ticker"/> has a timer for each.
    /// </para>
    /// <para>A response that ticks has no end of its own: unless <see cref="ResponseWriter.StopPolicy"/> was set, it ends at once when the server stops.</para>
    /// </summary>
    /// <param name="period">From 1 ms.</param>
    /// <param name="time">Another clock, for tests.</param>
    public IAsyncEnumerable<DateTimeOffset> Every(TimeSpan period, TimeProvider? time = null)
    {
        ThrowIfEnded();
        Response.PreferStopPolicy(StopPolicy.Now);
        return SharedTicker.Every(period, time ?? TimeProvider.System, this);
    }

    /// <summary>
    /// Whether the client asks for an upgrade to that protocol that can be had: HTTP/1.1, <c>Connection: upgrade</c>, the protocol among those of Upgrade, no body, and not
    /// HEAD (RFC 9110 §7.8). Then <see cref="ResponseWriter.UpgradeAsync"/> hands over the connection.
    /// </summary>
    /// <param name="protocol">A name, or name/version; case does not count.</param>
    /// <exception cref="ArgumentException">It is not a token, or two with a slash in between.</exception>
    public bool CanUpgrade(string protocol)
    {
        ThrowIfEnded();
        ListField.CheckProtocol(protocol);
        return !_head.IsHttp10 && !_head.IsHead && _contentLength == 0
            && ListField.Contains(_head.Fields, "connection"u8, "upgrade") && ListField.Contains(_head.Fields, "upgrade"u8, protocol);
    }

    /// <summary>What Content-Length says, 0 without a body, or null for a chunked one.</summary>
    public long? ContentLength
    {
        get
        {
            ThrowIfEnded();
            return _contentLength < 0 ? null : _contentLength;
        }
    }

    /// <summary>
    /// Bytes that the body may have, <see cref="HttpLimits.BodyBytes"/> by default; to be set before the body is read. More is refused with 413.
    /// </summary>
    public long MaxBodySize
    {
        get => UnendedBody.MaxSize;
        set => UnendedBody.MaxSize = Bounds.AtLeast(value, 0);
    }

    /// <summary>
    /// Bytes a second that the body has to bring on average, <see cref="HttpTimeouts.BodyBytesPerSecond"/> by default; 0: as few as it likes. To be set at any time. A client that is slower
    /// for longer than <see cref="BodyGrace"/>, of the time in which the handler waits for it, is refused with 408.
    /// </summary>
    public int BodyBytesPerSecond
    {
        get => UnendedBody.BytesPerSecond;
        set => UnendedBody.BytesPerSecond = Bounds.AtLeast(value, 0);
    }

    /// <summary>
    /// For how long the body may be slower than <see cref="BodyBytesPerSecond"/>, <see cref="HttpTimeouts.BodyGrace"/> by default; <see cref="Timeout.InfiniteTimeSpan"/>: for ever. More than
    /// zero, up to 24 days, and to be set at any time.
    /// </summary>
    public TimeSpan BodyGrace
    {
        get => UnendedBody.Grace;
        set => UnendedBody.Grace = Bounds.Timeout(value);
    }

    /// <summary>
    /// The body as it arrives, without its transfer coding. A body that is malformed, too large, or ends early throws a
    /// <see cref="BadRequestException"/> at the reader: what was read to its end is complete.
    /// </summary>
    public PipeReader Body
    {
        get
        {
            ThrowIfEnded();
            return _decodedBody ?? _body;
        }
    }

    /// <summary>
    /// From here on the body is read without its content coding: gzip, deflate or br, as Content-Encoding says (RFC 9110 §8.4), and as it is where that says nothing. To be called before
    /// the body is read. <see cref="MaxBodySize"/> then bounds both what is received and what becomes of it. The fields stay as they were sent.
    /// </summary>
    /// <exception cref="BadRequestException">
    /// 415: it is coded in another way, or more than once. While the body is read: 400 where it is malformed, 413 where it becomes too large.
    /// </exception>
    public void DecodeBody()
    {
        ThrowIfEnded();
        if (_contentLength != 0) _decodedBody ??= DecodedBody.Open(Headers["Content-Encoding"], _body);
    }

    /// <summary>The whole body.</summary>
    /// <exception cref="BadRequestException">It is malformed, larger than <see cref="MaxBodySize"/>, or the client hung up before its end.</exception>
    public async ValueTask<byte[]> ReadBytesAsync()
    {
        var body = Body;
        ArrayBufferWriter<byte>? gathered = null;
        while (true)
        {
            var read = await body.ReadAsync(CancellationToken.None);
            if (read.IsCompleted && gathered is null)
            {
                var whole = read.Buffer.ToArray();
                body.AdvanceTo(read.Buffer.End);
                return whole;
            }
            // It grows with what has come, and not with what Content-Length promises.
            gathered ??= new ArrayBufferWriter<byte>(Math.Max((int)read.Buffer.Length, 1));
            foreach (var piece in read.Buffer) gathered.Write(piece.Span);
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return gathered.WrittenSpan.ToArray();
        }
    }

    /// <summary>The whole body as text, UTF-8 whatever the Content-Type says; what is not UTF-8 becomes U+FFFD.</summary>
    /// <inheritdoc cref="ReadBytesAsync" path="/exception"/>
    public async ValueTask<string> ReadTextAsync() => Encoding.UTF8.GetString(await ReadBytesAsync());

    /// <summary>The whole body as JSON.</summary>
    /// <param name="type">From a <c>JsonSerializerContext</c>: it needs no reflection.</param>
    /// <exception cref="BadRequestException">As for <see cref="ReadBytesAsync"/>, and when it is not such JSON.</exception>
    public async ValueTask<T?> ReadJsonAsync<T>(JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        try
        {
            return JsonSerializer.Deserialize(await ReadBytesAsync(), type);
        }
        catch (JsonException e)
        {
            throw new BadRequestException($"The body is not the JSON that is expected: {e.Path ?? "$"}, line {e.LineNumber + 1}.", inner: e);
        }
    }

    /// <summary>
    /// The whole body as a form that is <c>application/x-www-form-urlencoded</c>, as HTML forms and <c>URLSearchParams</c> send it. (For <c>multipart/form-data</c> there is the
    /// package RawStream.Forms.)
    /// </summary>
    /// <param name="maxFields">More are refused with 413: each costs much more memory than its bytes.</param>
    /// <exception cref="BadRequestException">As for <see cref="ReadBytesAsync"/>; 413 for too many fields, 415 for another Content-Type.</exception>
    public async ValueTask<Form> ReadFormAsync(int maxFields = 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxFields);
        if (!Form.IsTypeOf(Headers["Content-Type"])) throw new BadRequestException("A form is expected: application/x-www-form-urlencoded.", 415);
        return new Form(await ReadBytesAsync(), maxFields);
    }

    internal RequestHead Head => _head;

    /// <summary>What stands for what the connection tells.</summary>
    internal ForwardedOrigin? ToldByProxy { get; set; }

    internal ConnectionReader Input => _connection.Input;

    internal bool HasHungUp => _connection.HasHungUp;

    /// <summary>What answers it.</summary>
    internal ResponseWriter Response { get; set; } = null!;

    /// <summary>The server has told the handler to end.</summary>
    internal bool MustEnd => Volatile.Read(ref _mustEnd);

    /// <summary>The client has said, in the words of another protocol, that it leaves.</summary>
    internal void HangUp()
    {
        Volatile.Write(ref _mustEnd, true);
        _connection.Leave();
    }

    internal void Begin(MessageFraming framing)
    {
        _isActive = true;
        _contentLength = framing.Kind == BodyLength.Chunked ? -1 : framing.Length;
        _method = _target = _path = null;
        ToldByProxy = null;
        _route = RouteValues.None;
        Volatile.Write(ref _mustEnd, false);
    }

    /// <summary>The handler has ended, and with it the right to use this.</summary>
    internal void End()
    {
        _isActive = false;
        _decodedBody?.Complete();
        _decodedBody = null;
        Volatile.Write(ref _aborted, null);
        _head.Fields.Trim();
        if (Volatile.Read(ref _abortListeners) is null) return;
        lock (_head) _abortListeners = null;
    }

    /// <summary>The server stops, and the handler is to end: it is known at once, and what it wakes runs on the thread pool, and may block.</summary>
    internal void TellToEnd()
    {
        Volatile.Write(ref _mustEnd, true);
        Interlocked.MemoryBarrier();
        IAbortListener? listener;
        lock (_head) listener = _abortListeners;
        for (; listener is not null; listener = listener.Next) listener.OnToldToEnd();
        ThreadPool.UnsafeQueueUserWorkItem(static request => request._connection.Leave(), this, preferLocal: false);
    }

    /// <summary>Tells whoever waits for it that the client has left, or that the server stops.</summary>
    internal void Abort()
    {
        Interlocked.MemoryBarrier();
        IAbortListener? listener;
        lock (_head) listener = _abortListeners;
        for (; listener is not null; listener = listener.Next) listener.OnAborted();
        Volatile.Read(ref _aborted)?.Cancel();
    }

    /// <summary>What <see cref="Aborted"/> is for, without a token: thousands of streams wait for nothing else.</summary>
    internal void ListenForAbort(IAbortListener listener)
    {
        lock (_head) (listener.Next, _abortListeners) = (_abortListeners, listener);
        _connection.Input.Watch();
        if (_connection.HasHungUp || Volatile.Read(ref _mustEnd)) listener.OnAborted();
    }

    internal void StopListening(IAbortListener listener)
    {
        lock (_head)
        {
            if (_abortListeners == listener)
            {
                _abortListeners = listener.Next;
                return;
            }
            var before = _abortListeners;
            while (before is not null && before.Next != listener) before = before.Next;
            if (before is not null) before.Next = listener.Next;
        }
    }

    private RequestBody UnendedBody
    {
        get
        {
            ThrowIfEnded();
            return _body;
        }
    }

    private void ThrowIfEnded()
    {
        if (!_isActive) throw new InvalidOperationException("This request has ended with its handler. Take what you need from it before the handler returns.");
    }
}
