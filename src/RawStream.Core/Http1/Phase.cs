namespace RawStream.Http1;

/// <summary>What a connection is busy with.</summary>
internal enum Phase : byte
{
    /// <summary>It waits for the end of the TLS handshake.</summary>
    Opening,

    /// <summary>It waits for a request.</summary>
    Idle,

    /// <summary>It has the beginning of a request head.</summary>
    Head,

    /// <summary>A handler answers.</summary>
    Handler,

    /// <summary>The last response waits to be sent.</summary>
    Drain,

    /// <summary>It reads what nobody wants, so that the client sees its last response (RFC 9112 §9.6).</summary>
    Linger,
}
