namespace RawStream.Load.Peers;

/// <summary>What of the host contract a peer serves.</summary>
[Flags]
internal enum Endpoints
{
    /// <summary><c>GET /plaintext</c></summary>
    Plaintext = 1,

    /// <summary><c>GET /stream?chunks=N&amp;size=S</c>, each chunk written and flushed by itself</summary>
    Stream = 2,

    /// <summary><c>GET /tick?ms=M</c> and <c>GET /active</c></summary>
    Ticks = 4,

    /// <summary><c>GET /sse</c>, <c>POST /publish?n=K&amp;size=S</c> and <c>GET /count</c></summary>
    Events = 8,

    /// <summary><c>/stream</c> and <c>/tick</c> over TLS, with a certificate that is made for the run</summary>
    Tls = 16,

    All = Plaintext | Stream | Ticks | Events,
}

/// <summary>A server to measure: one program and one way of writing the endpoints that it is measured by.</summary>
/// <param name="Name">As on the command line and in the tables.</param>
/// <param name="Serves">What it is measured by.</param>
/// <param name="Prepare">Finds or builds its program. Throws <see cref="PeerMissingException"/> where that cannot be.</param>
internal sealed record Peer(string Name, Endpoints Serves, Func<Launch> Prepare);

/// <summary>How a peer is started. It prints <c>Listening on http://127.0.0.1:PORT</c>, or https,, or listens on the port that is told here.</summary>
internal sealed record Launch(params string[] Command)
{
    public int? Port { get; init; }

    public (string Name, string Value)[] Environment { get; init; } = [];
}

/// <summary>The peer is not to be had here. The message says how to get it.</summary>
internal sealed class PeerMissingException(string message) : Exception(message);
