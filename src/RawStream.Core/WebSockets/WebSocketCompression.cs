namespace RawStream;

/// <summary>Whether and how messages are compressed, where the client offers permessage-deflate (RFC 7692).</summary>
public enum WebSocketCompression
{
    /// <summary>No message is.</summary>
    Off,

    /// <summary>Each message by itself: a socket that is idle holds nothing for it.</summary>
    PerMessage,

    /// <summary>
    /// A sent message may refer to those before it: small ones that resemble each other shrink to a few bytes, and each socket holds about 240 KB for it as long as it is open,
    /// unless its client asks otherwise. Received messages are each by themselves.
    /// </summary>
    KeepContext,
}
