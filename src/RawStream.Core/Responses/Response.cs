using System.Diagnostics.CodeAnalysis;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using RawStream.Files;
using RawStream.Http1;
using RawStream.Responses;
using RawStream.Streaming;
using RawStream.WebSockets;

namespace RawStream;

/// <summary>
/// A response as a value: what a handler can return instead of writing it. A text is one, too. One that does not change can be kept
/// (<c>static readonly Response</c>); it is then encoded once for all requests.
/// </summary>
public abstract class Response
{
    private ResponseHeaders? _headers;
    private StopPolicy? _stopPolicy;

    /// <summary>Sends it.</summary>
    /// <param name="request">What it answers.</param>
    /// <param name="response">Where it goes.</param>
    protected internal abstract ValueTask WriteAsync(Request request, ResponseWriter response);

    /// <summary>A text, as UTF-8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The status is not from 200 to 999, or is one without content.</exception>
    public static Response Text(string text, int status = 200, string contentType = "text/plain; charset=utf-8")
    {
        ArgumentNullException.ThrowIfNull(text);
        return new BytesResponse(Encoding.UTF8.GetBytes(text), contentType, status);
    }

    /// <summary>Bytes, which are not copied and must not change.</summary>
    /// <inheritdoc cref="Text" path="/exception"/>
    public static Response Bytes(ReadOnlyMemory<byte> content, string contentType = "application/octet-stream", int status = 200) =>
        new BytesResponse(content, contentType, status);

    /// <summary>A value as JSON.</summary>
    /// <param name="value">Serialized now.</param>
    /// <param name="type">From a <c>JsonSerializerContext</c>: it needs no reflection.</param>
    /// <param name="status">From 200 to 999.</param>
    /// <inheritdoc cref="Text" path="/exception"/>
    public static Response Json<T>(T value, JsonTypeInfo<T> type, int status = 200) =>
        new BytesResponse(JsonSerializer.SerializeToUtf8Bytes(value, type), "application/json", status);

    /// <summary>A JSON node: for what has no type of its own.</summary>
    /// <inheritdoc cref="Text" path="/exception"/>
    public static Response Json(JsonNode? value, int status = 200) =>
        new BytesResponse(Encoding.UTF8.GetBytes(value?.ToJsonString() ?? "null"), "application/json", status);

    /// <summary>No content, with 204 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The status is not from 200 to 999.</exception>
    public static Response Empty(int status = 204) => new EmptyResponse(status);

    /// <summary>Sends the client elsewhere (RFC 9110 §15.4).</summary>
    /// <param name="location">A URI reference, percent-encoded where that is needed.</param>
    /// <param name="status">301, 302, 303, 307 or 308.</param>
    public static Response Redirect(string location, int status = 302)
    {
        if (status is not (301 or 302 or 303 or 307 or 308)) throw new ArgumentOutOfRangeException(nameof(status), status, "Redirects are 301, 302, 303, 307 and 308.");
        return new EmptyResponse(status).With("Location", location);
    }

    /// <summary>Sends the client to the same target over HTTPS, with the same method and body (308, RFC 9110 §15.4.9).</summary>
    /// <param name="request">Whose host and target are meant.</param>
    /// <param name="port">Of the HTTPS server.</param>
    public static Response RedirectToHttps(Request request, int port = 443)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Target is not ['/', ..] || request.Host.Length == 0) return Text("This server speaks HTTPS only.\n", 400);
        var colon = request.Host.LastIndexOf(':');
        var host = colon > request.Host.LastIndexOf(']') ? request.Host[..colon] : request.Host;
        return Redirect($"https://{host}{(port == 443 ? "" : $":{port}")}{request.Target}", 308);
    }

    /// <summary>Texts as they come, each as one chunk; the head goes at once. The sequence is cancelled when the client leaves.</summary>
    public static Response Stream(IAsyncEnumerable<string> chunks, string contentType = "text/plain; charset=utf-8") =>
        new StreamResponse<string>(request => chunks.GetAsyncEnumerator(request.Aborted), contentType, static (response, chunk) => response.WriteAsync(chunk));

    /// <summary>Bytes as they come, each as one chunk; the head goes at once. The sequence is cancelled when the client leaves.</summary>
    public static Response Stream(IAsyncEnumerable<ReadOnlyMemory<byte>> chunks, string contentType = "application/octet-stream") =>
        new StreamResponse<ReadOnlyMemory<byte>>(request => chunks.GetAsyncEnumerator(request.Aborted), contentType, static (response, chunk) => response.WriteAsync(chunk));

    /// <summary>
    /// A text every <paramref name="period"/>, each as one chunk, until the client leaves; the first one after one period, the head at once. All streams of one period share
    /// their timers, so <paramref name="produce"/> must not block: it would hold up the others.
    /// </summary>
    /// <param name="period">From 1 ms.</param>
    /// <param name="produce">Gets the time. Where it takes long, use <see cref="Ticker"/> and <see cref="Stream(IAsyncEnumerable{string}, string)"/>.</param>
    /// <param name="contentType">A media type.</param>
    /// <param name="time">Another clock, for tests.</param>
    public static Response Every(TimeSpan period, Func<DateTimeOffset, string> produce, string contentType = "text/plain; charset=utf-8", TimeProvider? time = null)
    {
        Ticker.CheckPeriod(period);
        return new StreamResponse<DateTimeOffset>(
            request => request.Every(period, time).GetAsyncEnumerator(CancellationToken.None), contentType, (response, now) => response.WriteAsync(produce(now)));
    }

    /// <summary>Whatever the callback writes.</summary>
    public static Response Stream(Handler write, string contentType = "application/octet-stream") => new WrittenResponse(write, contentType);

    /// <summary>
    /// Texts as Server-Sent Events (WHATWG HTML §9.2), each as one chunk; the head goes at once. The sequence is cancelled when the client leaves.
    /// </summary>
    /// <param name="events">The data of each event.</param>
    /// <param name="end">A last event, such as <c>[DONE]</c>. It is sent only when the sequence came to its end by itself.</param>
    /// <param name="options">Heartbeat, padding, retry.</param>
    public static Response Events(IAsyncEnumerable<string> events, string? end = null, EventStreamOptions? options = null) =>
        Events(events.Select(static data => new SseItem<string>(data)), end, options);

    /// <param name="events">The events, with their types and ids.</param>
    /// <param name="end">A last event, such as <c>[DONE]</c>. It is sent only when the sequence came to its end by itself.</param>
    /// <param name="options">Heartbeat, padding, retry.</param>
    /// <inheritdoc cref="Events(IAsyncEnumerable{string}, string?, EventStreamOptions?)"/>
    public static Response Events(IAsyncEnumerable<SseItem<string>> events, string? end = null, EventStreamOptions? options = null) =>
        Events(events, TextEncoder.Instance, end, options);

    /// <param name="events">The events, with their types and ids.</param>
    /// <param name="type">From a <c>JsonSerializerContext</c>: it needs no reflection.</param>
    /// <param name="end">A last event, such as <c>[DONE]</c>, as it is. It is sent only when the sequence came to its end by itself.</param>
    /// <param name="options">Heartbeat, padding, retry.</param>
    /// <inheritdoc cref="Events(IAsyncEnumerable{string}, string?, EventStreamOptions?)"/>
    public static Response Events<T>(IAsyncEnumerable<SseItem<T>> events, JsonTypeInfo<T> type, string? end = null, EventStreamOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Events(events, new JsonEncoder<T>(type), end, options);
    }

    /// <param name="values">The data of each event, as JSON.</param>
    /// <param name="type">From a <c>JsonSerializerContext</c>: it needs no reflection.</param>
    /// <param name="end">A last event, such as <c>[DONE]</c>, as it is. It is sent only when the sequence came to its end by itself.</param>
    /// <param name="options">Heartbeat, padding, retry.</param>
    /// <inheritdoc cref="Events(IAsyncEnumerable{string}, string?, EventStreamOptions?)"/>
    public static Response Events<T>(IAsyncEnumerable<T> values, JsonTypeInfo<T> type, string? end = null, EventStreamOptions? options = null) =>
        Events(values.Select(static value => new SseItem<T>(value)), type, end, options);

    /// <param name="messages">Messages of the types that <paramref name="types"/> names.</param>
    /// <param name="types">Which of them is which event.</param>
    /// <param name="end">A last event, such as <c>[DONE]</c>, as it is. It is sent only when the sequence came to its end by itself.</param>
    /// <param name="options">Heartbeat, padding, retry.</param>
    /// <inheritdoc cref="Events(IAsyncEnumerable{string}, string?, EventStreamOptions?)"/>
    public static Response Events<T>(IAsyncEnumerable<T> messages, EventTypes<T> types, string? end = null, EventStreamOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(types);
        return Events(messages.Select(static message => new SseItem<T>(message)), types.Encoder, end, options);
    }

    /// <summary>Server-Sent Events as the callback writes them; the head goes at once.</summary>
    public static Response Events(Func<EventWriter, ValueTask> write, EventStreamOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(write);
        return new EventsResponse((_, events) => write(events), StopPolicy.Now, options ?? EventStreamOptions.Default);
    }

    /// <summary>A subscription to a <see cref="Broadcast{T}"/> as Server-Sent Events, from the log straight to the socket; the head goes at once.</summary>
    public static Response Events<T>(Subscription<T> subscription, EventStreamOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        return new BroadcastResponse<T>(subscription, options ?? EventStreamOptions.Default);
    }

    private static EventsResponse Events<T>(IAsyncEnumerable<SseItem<T>> events, EventEncoder<T> encoder, string? end, EventStreamOptions? options)
    {
        ArgumentNullException.ThrowIfNull(events);
        return new EventsResponse(
            async (request, writer) =>
            {
                var stop = request.Aborted;
                await foreach (var item in events.WithCancellation(stop))
                {
                    await writer.WriteAsync(item, encoder);
                    if (request.Response.IsEndedByStop) return;
                }
                if (end is not null && !stop.IsCancellationRequested) await writer.WriteAsync(end);
            },
            end is null ? StopPolicy.Now : StopPolicy.Finish,
            options ?? EventStreamOptions.Default);
    }

    /// <summary>
    /// Values as lines of JSON (<c>application/x-ndjson</c>), each as one chunk; the head goes at once. The sequence is cancelled when the client leaves.
    /// </summary>
    /// <param name="values">One line each.</param>
    /// <param name="type">From a <c>JsonSerializerContext</c>: it needs no reflection.</param>
    public static Response JsonLines<T>(IAsyncEnumerable<T> values, JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return new StreamResponse<T>(request => values.GetAsyncEnumerator(request.Aborted), "application/x-ndjson", async (response, value) =>
        {
            using var line = PooledBuffer.Rent();
            JsonText.Write(line, value, type);
            line.Write("\n"u8);
            await response.WriteAsync(line.Memory);
        });
    }

    /// <summary>
    /// A file, streamed, with its length, ETag and Last-Modified; to GET and HEAD with the conditions and ranges of RFC 9110 §13 and §14. An ETag or Last-Modified that
    /// <see cref="With(string, string)"/> has set takes the place of the file's own. A file that changes while it is sent ends the connection before its full length.
    /// </summary>
    /// <param name="path">Where it is. To build it from what a client sent is dangerous: <see cref="StaticFileExtensions.MapFiles"/> is for that.</param>
    /// <param name="contentType">By default what the extension says.</param>
    /// <exception cref="IOException">When it is sent: it cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">When it is sent: it may not be read.</exception>
    public static Response File(string path, string? contentType = null) => new FileResponse(path, contentType ?? ContentTypes.Of(path));

    /// <summary>
    /// A WebSocket (RFC 6455). A request that does not ask for one is answered with 426, a malformed one with 400, a page of another origin with 403. The handler's end closes it
    /// with 1000, its exception with 1011, and the server's stop with 1001.
    /// </summary>
    /// <param name="handler">Reads and writes messages.</param>
    /// <param name="options">Subprotocols, limits, pings, compression, origins.</param>
    public static Response WebSocket(Func<WebSocketConnection, ValueTask> handler, WebSocketOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return new WebSocketResponse(handler, options ?? WebSocketOptions.Default);
    }

    /// <summary>426: what is here speaks another protocol, which the client did not ask for (RFC 9110 §15.5.22).</summary>
    /// <param name="protocol">What <see cref="ResponseWriter.UpgradeAsync"/> will be asked for: a name, or name/version.</param>
    public static Response UpgradeRequired(string protocol) => new UpgradeRequiredResponse(protocol);

    /// <summary>A text, as <see cref="Text"/>.</summary>
    [SuppressMessage("Usage", "CA2225", Justification = "Text is its name.")]
    public static implicit operator Response(string text) => Text(text);

    /// <summary>
    /// Adds a field to this response, beside others of the same name; Content-Type is replaced. To be called before it is first sent.
    /// </summary>
    /// <inheritdoc cref="ResponseHeaders.Add" path="/exception"/>
    public Response With(string name, string value)
    {
        if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) throw new ArgumentException("The length of a response is known from its content.", nameof(name));
        _headers ??= new ResponseHeaders("", areTrailers: false);
        if (name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)) _headers[name] = value;
        else _headers.Add(name, value);
        return this;
    }

    /// <summary>Ends it otherwise than usual when the server stops: see <see cref="ResponseWriter.StopPolicy"/>.</summary>
    public Response With(StopPolicy stopPolicy)
    {
        if (!Enum.IsDefined(stopPolicy)) throw new ArgumentOutOfRangeException(nameof(stopPolicy), stopPolicy, "There is no such policy.");
        _stopPolicy = stopPolicy;
        return this;
    }

    internal ResponseHeaders? Headers => _headers;

    /// <summary>The fields of <see cref="With(string, string)"/>, which replace those of the same name that a middleware has set; each Set-Cookie is another cookie, and replaces none.</summary>
    private protected void SetFields(ResponseWriter response, int status, string? contentType)
    {
        response.Status = status;
        if (_stopPolicy is { } policy) response.StopPolicy = policy;
        if (contentType is not null) response.Headers["Content-Type"] = contentType;
        if (_headers is null) return;
        foreach (var (name, _) in _headers)
            if (!name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase))
                response.Headers.Remove(name);
        foreach (var (name, value) in _headers) response.Headers.Add(name, value);
    }

    private protected static string CheckContentType(string contentType)
    {
        ArgumentNullException.ThrowIfNull(contentType);
        if (contentType.AsSpan().ContainsAny(Grammar.ControlChars)) throw new ArgumentException("The content type holds a line break or another control character.", nameof(contentType));
        return contentType;
    }

    private protected static int CheckStatus(int status, bool hasContent)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, StatusLine.LowestFinal);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, StatusLine.Highest);
        if (hasContent && StatusLine.HasNoContent(status)) throw new ArgumentOutOfRangeException(nameof(status), status, "This status has no content.");
        return status;
    }
}
