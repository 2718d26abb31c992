namespace RawStream;

/// <summary>
/// What happens when a <see cref="Broadcast{T}"/> has to forget an event that a subscriber has not been sent yet. None of them slows any other
/// subscriber, except <see cref="Wait"/>.
/// </summary>
public enum SlowConsumerPolicy
{
    /// <summary>The subscriber goes on with the oldest event that is still there; one <c>gap</c> event tells it how many it has missed. The default.</summary>
    DropOldest,

    /// <summary>
    /// The subscriber keeps what it was about to get, and misses what came after it; one <c>gap</c> event stands where that was. It costs memory: up to the bounds of
    /// the broadcast, shared by those who fell behind at the same time.
    /// </summary>
    DropNewest,

    /// <summary>The connection is reset. A client that reconnects with its Last-Event-ID is sent what is still there.</summary>
    Disconnect,

    /// <summary>
    /// An event is skipped once a newer one with the same key is there: a subscriber that is behind gets the latest event of each key, and each in its order. Events without a key are
    /// never replaced. It costs a copy of what is sent to whoever is behind, and what is not replaced is kept for up to the bounds of the broadcast once more.
    /// </summary>
    ConflateByKey,

    /// <summary>
    /// Publishers wait: nothing is lost, and the slowest such subscriber sets the pace for all. One that takes nothing at all is ended by its write timeout.
    /// </summary>
    Wait,
}
