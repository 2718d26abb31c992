using System.IO.Pipelines;
using RawStream.Http1;
using RawStream.Streaming;

namespace RawStream;

/// <summary>
/// Where a handler writes its response. What is written and flushed is one chunk on the wire; a response that is complete before its
/// first flush is sent whole, with its length. It belongs to one handler at a time, is reused after it, and refuses to be used then.
/// One write may be under way at a time.
/// </summary>
public sealed class ResponseWriter
{
    private const StopPolicy Unsaid = (StopPolicy)(-1);

    private readonly ResponseBody _body;
    private readonly Request _request;
    private readonly HttpTimeouts _timeouts;
    private readonly ResponseHeaders _headers = new("The head of this response was sent already; its fields are what they are.", areTrailers: false);
    private ResponseHeaders? _trailers;
    private UpgradedPipe? _upgraded;
    private int _status;
    private volatile bool _isActive;
    private volatile bool _isStopping;
    private volatile bool _endsAfterFlush;
    private volatile StopPolicy _stopPolicy;
    private volatile IIdleStream? _idleStream;

    internal ResponseWriter(ResponseBody body, Request request, HttpTimeouts timeouts)
    {
        _body = body;
        _request = request;
        request.Response = this;
        _timeouts = timeouts;
        UseDefaults();
    }

    /// <summary>The status code, 200 by default (RFC 9110 §15).</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 200 to 999; the server sends the interim ones.</exception>
    /// <exception cref="InvalidOperationException">The head was sent already.</exception>
    public int Status
    {
        get
        {
            ThrowIfEnded();
            return _status;
        }
        set
        {
            ThrowIfEnded();
            ArgumentOutOfRangeException.ThrowIfLessThan(value, StatusLine.LowestFinal);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, StatusLine.Highest);
            if (HasStarted) throw new InvalidOperationException("The head of this response was sent already; its status is what it is.");
            _status = value;
        }
    }

    /// <summary>The header fields, until the first flush.</summary>
    public ResponseHeaders Headers
    {
        get
        {
            ThrowIfEnded();
            return _headers;
        }
    }

    /// <summary>
    /// Fields that follow a chunked body (RFC 9110 §6.5), to be set before the handler ends. They are left out where there is no chunked
    /// body to carry them.
    /// </summary>
    public ResponseHeaders Trailers
    {
        get
        {
            ThrowIfEnded();
            return _trailers ??= new ResponseHeaders("The response has ended.", areTrailers: true);
        }
    }

    /// <summary>The head was sent: status and fields cannot be changed any more.</summary>
    public bool HasStarted => _body.HasStarted;

    /// <summary>
    /// The same bytes as a <see cref="PipeWriter"/>, for whoever writes in pieces: all that is written until a flush is one chunk.
    /// </summary>
    public PipeWriter Body
    {
        get
        {
            ThrowIfEnded();
            return _body;
        }
    }

    /// <summary>
    /// How long a write may make no progress before the connection is ended, <see cref="HttpTimeouts.Write"/> by default. A slow client is not a stalled one: it is enough that it takes
    /// <see cref="WriteBytesPerSecond"/> on average, so a healthy stream is never ended by it. Since the system shows in large steps what a client takes, one that has read (more than 160 KiB) may be ahead by as much as lasts for
    /// sixty times this long. More than zero and up to 24 days, or <see cref="Timeout.InfiniteTimeSpan"/> for no timeout; to be set at any time.
    /// </summary>
    public TimeSpan WriteTimeout
    {
        get
        {
            ThrowIfEnded();
            return WriteTimeoutMilliseconds == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(WriteTimeoutMilliseconds);
        }
        set
        {
            ThrowIfEnded();
            WriteTimeoutMilliseconds = Milliseconds(Bounds.Timeout(value));
        }
    }

    /// <summary>
    /// Bytes a second that the client has to take on average not to count as stalled, <see cref="HttpTimeouts.WriteBytesPerSecond"/> by default; 0: a byte in each <see cref="WriteTimeout"/> will do. To be
    /// set at any time.
    /// </summary>
    public int WriteBytesPerSecond
    {
        get
        {
            ThrowIfEnded();
            return LeastBytesPerSecond;
        }
        set
        {
            ThrowIfEnded();
            LeastBytesPerSecond = Bounds.AtLeast(value, 0);
        }
    }

    /// <summary>
    /// How this response comes to its end when the server stops. By default <see cref="RawStream.StopPolicy.Now"/> for what has no end of its own and whose clients come
    /// back: events without a last one, subscriptions, WebSockets, <see cref="Request.Every"/>; and <see cref="RawStream.StopPolicy.Finish"/> for all others.
    /// </summary>
    public StopPolicy StopPolicy
    {
        get
        {
            ThrowIfEnded();
            return _stopPolicy == Unsaid ? StopPolicy.Finish : _stopPolicy;
        }
        set
        {
            ThrowIfEnded();
            if (!Enum.IsDefined(value)) throw new ArgumentOutOfRangeException(nameof(value), value, "There is no such policy.");
            _stopPolicy = value;
            HeedStop();
        }
    }

    /// <summary>Writes one chunk and flushes it. It completes at once while another one like it would fit into the 64 KiB that may wait for the client.</summary>
    /// <exception cref="OperationCanceledException">The client is gone, or asked for the head only.</exception>
    /// <exception cref="InvalidOperationException">Another write is pending, the response has no body, or is longer than its Content-Length.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        ThrowIfEnded();
        return _body.WriteAsync(bytes);
    }

    /// <summary>Writes a text as one chunk of UTF-8 and flushes it.</summary>
    /// <inheritdoc cref="WriteAsync(ReadOnlyMemory{byte})" path="/exception"/>
    public ValueTask WriteAsync(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ThrowIfEnded();
        return _body.WriteAsync(text);
    }

    /// <summary>Sends what was written to <see cref="Body"/> as one chunk. With nothing written it sends the head, if that has not been sent.</summary>
    /// <inheritdoc cref="WriteAsync(ReadOnlyMemory{byte})" path="/exception"/>
    public ValueTask FlushAsync()
    {
        ThrowIfEnded();
        return _body.Flush();
    }

    /// <summary>
    /// Leaves HTTP: answers 101 and hands over the connection, with what the client has sent behind its request (RFC 9110 §7.8). From here on there are no limits and
    /// timeouts but <see cref="WriteTimeout"/>; <see cref="Request.Aborted"/> fires as before, and the connection ends with the handler.
    /// </summary>
    /// <param name="protocol">A name, or name/version. Fields of the response that were set before are sent with the 101.</param>
    /// <returns>Raw bytes, to be read and written until the handler ends. One read and one write may be under way at a time.</returns>
    /// <exception cref="InvalidOperationException">The client has not asked for that (<see cref="Request.CanUpgrade"/>), or something was written already.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async ValueTask<IDuplexPipe> UpgradeAsync(string protocol)
    {
        ThrowIfEnded();
        if (!_request.CanUpgrade(protocol))
            throw new InvalidOperationException($"The client has not asked for an upgrade to '{protocol}', or not in a way in which it can be had.");
        if (!_body.IsUntouched) throw new InvalidOperationException("Something was written to this response already: it cannot be an upgrade any more.");
        _headers.Remove("Content-Length");
        OfferUpgrade(protocol);
        var pipe = _upgraded = _body.Upgrade(_request.Input);
        await _body.FlushAsync();
        return pipe;
    }

    /// <summary>How far the client is behind. It may be asked for at any time, by any thread.</summary>
    public StreamHealth Health => _body.Health;

    internal int StatusCode => _status;

    /// <summary>The stream of the handler that can be silent for long, if it has one.</summary>
    internal IIdleStream? IdleStream
    {
        get => _idleStream;
        set
        {
            _idleStream = value;
            if (value is not null) HeedStop();
        }
    }

    /// <summary>The server stops.</summary>
    internal bool IsStopping => _isStopping;

    /// <summary>The server stops, and it is to be ended (<see cref="EndNow"/>) when something more of it is flushed.</summary>
    internal bool EndsAfterFlush => _endsAfterFlush;

    /// <summary>Its policy has ended it.</summary>
    internal bool IsEndedByPolicy { get; private set; }

    /// <summary>The server has told it to end, and what was flushed is all of it.</summary>
    internal bool IsEndedByStop => IsToldToEnd && _stopPolicy is StopPolicy.Now or StopPolicy.AfterNextEvent;

    /// <summary>The server has told its handler to end, whatever its policy, and the client is there.</summary>
    internal bool IsToldToEnd => _isStopping && _request.MustEnd && !_request.HasHungUp;

    /// <summary>What was upgraded to has told its end in its own way.</summary>
    internal bool EndIsTold { get; set; }

    internal long WriteTimeoutMilliseconds { get; private set; }

    internal int LeastBytesPerSecond { get; private set; }

    internal ResponseHeaders Fields => _headers;

    internal IEnumerable<KeyValuePair<string, string>> TrailerFields => _trailers ?? Enumerable.Empty<KeyValuePair<string, string>>();

    internal ResponseBody Content => _body;

    /// <summary>Has its say about the fields when the head is about to be sent, whoever has set them: a handler, a response, or the answer to a failure.</summary>
    internal Action<ResponseHeaders>? BeforeHead { get; set; }

    /// <summary>No handler or middleware has set or written anything, or is about to.</summary>
    internal bool IsUntouched => _headers.Count == 0 && BeforeHead is null && _body.IsUntouched;

    /// <summary>Its policy, unless somebody has said another one.</summary>
    internal void PreferStopPolicy(StopPolicy policy)
    {
        if (_stopPolicy == Unsaid) StopPolicy = policy;
    }

    /// <summary>The server stops. To be called by any thread, at any time: a response that begins after it, or chooses its policy later, heeds it then.</summary>
    internal void Stop()
    {
        _isStopping = true;
        HeedStop();
    }

    internal void EndNow()
    {
        _endsAfterFlush = false;
        IsEndedByPolicy = true;
        if (_idleStream is { } stream && stream.Stop()) return;
        _request.TellToEnd();
    }

    internal void Begin()
    {
        BeforeHead = null;
        BeginAgain();
    }

    /// <summary>Forgets what was set: the answer to a failure takes its place, and what a middleware adds to every head is added to its head, too.</summary>
    internal void BeginAgain()
    {
        _isActive = true;
        _status = 200;
        _headers.Clear();
        _trailers?.Clear();
        UseDefaults();
        _stopPolicy = Unsaid;
        _endsAfterFlush = false;
        _idleStream = null;
        EndIsTold = false;
    }

    internal void End()
    {
        _isActive = false;
        _upgraded?.End();
        _upgraded = null;
    }

    /// <summary>The two fields that name another protocol, in a 101 or a 426.</summary>
    internal void OfferUpgrade(string protocol)
    {
        _headers.AddOwn("Connection", "Upgrade");
        _headers.AddOwn("Upgrade", protocol);
    }

    /// <summary>The head is sent.</summary>
    internal void MakeReadOnly()
    {
        _headers.IsReadOnly = true;
        BeforeHead = null;
    }

    /// <summary>They hold before the first request, too: a TLS handshake is sent by then.</summary>
    private void UseDefaults()
    {
        WriteTimeoutMilliseconds = Milliseconds(_timeouts.Write);
        LeastBytesPerSecond = _timeouts.WriteBytesPerSecond;
    }

    private static long Milliseconds(TimeSpan timeout) => timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : (long)timeout.TotalMilliseconds;

    private void HeedStop()
    {
        Interlocked.MemoryBarrier(); // Whoever says a policy sees the stop, or whoever stops sees the policy.
        if (!_isStopping || !_isActive) return;
        if (_stopPolicy == StopPolicy.Now) EndNow();
        else if (_stopPolicy == StopPolicy.AfterNextEvent) _endsAfterFlush = true;
    }

    private void ThrowIfEnded()
    {
        if (!_isActive) throw new InvalidOperationException("This response has ended with its handler. Await all writing before the handler returns.");
    }
}
