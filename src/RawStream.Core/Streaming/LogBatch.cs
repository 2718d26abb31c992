namespace RawStream.Streaming;

/// <summary>What a subscriber is to be sent next: a run of one log's events, or bytes that were put together for it alone.</summary>
/// <param name="Bytes">Whole frames.</param>
/// <param name="Segment">Where these events stand in their log; null for bytes of its own.</param>
/// <param name="From">The index of the first event.</param>
/// <param name="To">The index after the last one.</param>
/// <param name="HasAll">When it was read, there was nothing behind it.</param>
/// <param name="Own">The buffer that holds bytes of its own and is given back after them.</param>
/// <param name="Coded">The same events compressed, once somebody has needed them so.</param>
internal readonly record struct LogBatch<T>(
    ReadOnlyMemory<byte> Bytes, LogSegment<T>? Segment, long From, long To, bool HasAll = false, PooledBuffer? Own = null, CodedBatch? Coded = null)
{
    public bool IsEmpty => Bytes.IsEmpty;

    /// <summary>The events are the log's own, and the same for everybody who has come that far.</summary>
    public bool IsShared => Segment is not null;

    /// <summary>Whose events these are.</summary>
    public TopicLog<T>? Log => Segment?.Log;

    public static LogBatch<T> Of(PooledBuffer buffer, bool hasAll) => new(buffer.Memory, null, 0, 0, hasAll, buffer);
}
