namespace RawStream.Http1;

/// <summary>How a connection ends.</summary>
internal enum Ending : byte
{
    /// <summary>The client has closed, and all is said.</summary>
    Close,

    /// <summary>We close first, in a way in which the client sees our last response (RFC 9112 §9.6).</summary>
    Linger,

    /// <summary>Nothing that was sent is to be trusted.</summary>
    Reset,
}

/// <summary>How a handler has ended.</summary>
internal enum HandlerOutcome : byte
{
    /// <summary>The response is whole.</summary>
    Done,

    /// <summary>The client left, or the server stops: what was sent is not whole, and that is nobody's fault.</summary>
    Abandoned,

    /// <summary>An exception that nobody has answered for yet.</summary>
    Failed,
}
