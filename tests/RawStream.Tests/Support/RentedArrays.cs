using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace RawStream.Tests.Support;

/// <summary>
/// Counts what is rented from the shared pool of bytes and not returned, by the pool's own events. What was rented before it was made
/// does not count.
/// </summary>
internal sealed class RentedArrays : EventListener
{
    private const int Rented = 1;
    private const int Returned = 3;

    private readonly int _pool = ArrayPool<byte>.Shared.GetHashCode();
    private readonly ConcurrentDictionary<int, int> _sizes = []; // By the array's hash code, which its events carry.

    public int Count => _sizes.Count;

    /// <summary>The events were seen at all: without them a count of zero means nothing.</summary>
    public bool HasSeenAny { get; private set; }

    /// <summary>All of them are returned, soon: other threads of the process, such as the test runner's own, may have one for a moment.</summary>
    public bool AllReturn() => SpinWait.SpinUntil(() => Count == 0, Patience.Limit);

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "System.Buffers.ArrayPoolEventSource") EnableEvents(eventSource, EventLevel.Verbose);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.Payload is not [int array, int size, int pool, ..] || pool != _pool) return;
        HasSeenAny = true;
        if (eventData.EventId == Rented) _sizes[array] = size;
        else if (eventData.EventId == Returned) _sizes.TryRemove(array, out _);
    }
}
