using RawStream.Http1;

namespace RawStream;

/// <summary>
/// How WebSockets are set up: every bound and every timeout. The timeouts are measured in steps of a quarter second, by the server's one timer; all are more than zero and up to 24 days, and
/// <see cref="Timeout.InfiniteTimeSpan"/> turns one off.
/// </summary>
public sealed class WebSocketOptions
{
    internal static readonly WebSocketOptions Default = new();

    /// <summary>
    /// The subprotocols that are spoken. The first one that the client names and that stands here is agreed on; without one, there is none, and a browser that has asked for one
    /// closes (RFC 6455 §1.9).
    /// </summary>
    /// <exception cref="ArgumentException">One is not a token.</exception>
    public IReadOnlyList<string> Subprotocols
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (var name in value)
                if (!Grammar.IsToken(name)) throw new ArgumentException($"'{name}' is not the name of a subprotocol.", nameof(value));
            field = value;
        }
    } = [];

    /// <summary>
    /// The origins whose pages may connect, such as <c>https://example.com</c>, besides the server's own (the authority of Origin is that of Host); <c>*</c>
    /// is any. A browser sends cookies with whatever page opens a WebSocket, and no CORS is in between: a page of another origin is refused with 403. A
    /// client that sends no Origin is no browser (RFC 6455 §10.2).
    /// </summary>
    public IReadOnlyCollection<string> AllowedOrigins { get; init; } = [];

    /// <summary>Bytes of a message that is read whole, inflated, 1048576 by default. Beyond it: closed with 1009. From 1.</summary>
    public int MaxMessageSize { get; init => field = Bounds.AtLeast(value, 1); } = 1024 * 1024;

    /// <summary>Whether messages are compressed for clients that offer it, off by default.</summary>
    public WebSocketCompression Compression { get; init; }

    /// <summary>After so long without a byte from the client it is sent a ping, 30 s by default; up to a quarter sooner, so that not all clients are asked at once.</summary>
    public TimeSpan PingInterval { get; init => field = Bounds.Timeout(value); } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long after a ping no byte may come before the connection is cut, 15 s by default. The time in which a message waits for the handler to read it does not count.
    /// </summary>
    public TimeSpan PongTimeout { get; init => field = Bounds.Timeout(value); } = TimeSpan.FromSeconds(15);

    /// <summary>How long there may be no message, either way, before the server closes with 1001; no bound by default. Pings are no messages.</summary>
    public TimeSpan IdleTimeout { get; init => field = Bounds.Timeout(value); } = Timeout.InfiniteTimeSpan;

    /// <summary>How long the client may take to answer a close, 5 s by default; then the connection is ended without.</summary>
    public TimeSpan CloseTimeout { get; init => field = Bounds.Timeout(value); } = TimeSpan.FromSeconds(5);
}
