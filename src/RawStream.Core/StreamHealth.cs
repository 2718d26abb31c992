namespace RawStream;

/// <summary>How far a client is behind, at one moment.</summary>
/// <param name="QueuedBytes">Flushed bytes that the kernel has not taken yet; at most <see cref="HttpLimits.ResponseBufferBytes"/> or one write.</param>
/// <param name="OldestQueued">For how long the oldest of them has waited, at least; zero while nothing waits.</param>
/// <param name="UnacknowledgedBytes">Bytes that the kernel has taken and the client's has not acknowledged; null where that cannot be known (it can on Linux, over TCP).</param>
/// <param name="RoundTrip">The kernel's smoothed round-trip time; null where that cannot be known.</param>
public readonly record struct StreamHealth(int QueuedBytes, TimeSpan OldestQueued, long? UnacknowledgedBytes, TimeSpan? RoundTrip);
