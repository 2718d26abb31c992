namespace RawStream;

/// <summary>
/// Every timeout of the server. Each is measured in steps of a quarter second, by one timer for all connections, and none ends a
/// stream that is healthy. All are more than zero and up to 24 days; <see cref="Timeout.InfiniteTimeSpan"/> turns one off.
/// </summary>
public sealed class HttpTimeouts
{
    /// <summary>From the connection to the end of its TLS handshake, 10 s by default. After it, the connection is closed.</summary>
    public TimeSpan Handshake { get; init => field = Bounds.Timeout(value); } = TimeSpan.FromSeconds(10);

    /// <summary>From the first byte of a request head to its last, 30 s by default. After it: 408 (RFC 9110 §15.5.9).</summary>
    public TimeSpan Head { get; init => field = Bounds.Timeout(value); } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may wait for its next request, 130 s by default. After it, it is closed.</summary>
    public TimeSpan KeepAlive { get; init => field = Bounds.Timeout(value); } = TimeSpan.FromSeconds(130);

    /// <summary>
    /// How long a request body may be slower than <see cref="BodyBytesPerSecond"/>, 5 s by default, of the time in which the handler
    /// waits for it; each such period is measured by itself. After it: 408. A route may have another one: <see cref="Request.BodyGrace"/>.
    /// </summary>
    public TimeSpan BodyGrace { get; init => field = Bounds.Timeout(value); } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes a second of a request body that are enough on average, 240 by default; 0 turns it off. A route may have others: <see cref="Request.BodyBytesPerSecond"/>.</summary>
    public int BodyBytesPerSecond { get; init => field = Bounds.AtLeast(value, 0); } = 240;

    /// <summary>
    /// How long a write may make no progress before the connection is ended, 5 s by default; sixty times as long for a client that has read. See <see cref="ResponseWriter.WriteTimeout"/>.
    /// </summary>
    public TimeSpan Write { get; init => field = Bounds.Timeout(value); } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Bytes a second that a client has to take on average not to count as stalled, 240 by default; 0: a byte in each <see cref="Write"/> will do. A route may have others:
    /// <see cref="ResponseWriter.WriteBytesPerSecond"/>.
    /// </summary>
    public int WriteBytesPerSecond { get; init => field = Bounds.AtLeast(value, 0); } = 240;

    /// <summary>
    /// How long the server goes on reading what nobody wants, 2 s by default: a body that its handler left unread, and whatever comes after
    /// it has closed its side (RFC 9112 §9.6).
    /// </summary>
    public TimeSpan Linger { get; init => field = Bounds.Timeout(value); } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// When a peer that has vanished without a word counts as gone at the latest, 20 s by default: after a bit less than half of it without an answer to probes, or to data;
    /// the data may have been sent just before the last probe. The system counts its probes in seconds. Data without an answer has that half on Linux, and elsewhere the system's own time; so it has before Linux 6.15
    /// where the window of the peer has been closed for long.
    /// </summary>
    public TimeSpan VanishedPeer { get; init => field = Bounds.Timeout(value); } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long handlers may take to finish by themselves when the server stops, 1 s by default; then <see cref="Request.Aborted"/> tells them to. See
    /// <see cref="HttpServer.StopAsync(TimeSpan, CancellationToken)"/>.
    /// </summary>
    public TimeSpan Drain { get; init => field = Bounds.Timeout(value); } = TimeSpan.FromSeconds(1);

    /// <summary>How long handlers may take after that, 1 s by default; then their connections are cut.</summary>
    public TimeSpan AbortGrace { get; init => field = Bounds.Timeout(value); } = TimeSpan.FromSeconds(1);
}
