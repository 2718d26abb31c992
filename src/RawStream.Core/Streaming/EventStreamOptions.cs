using System.Net.ServerSentEvents;
using RawStream.Streaming;

namespace RawStream;

/// <summary>How a stream of Server-Sent Events is kept, whatever its events are.</summary>
public sealed class EventStreamOptions
{
    /// <summary>The most that <see cref="Padding"/> may be: 64 KiB.</summary>
    public const int PaddingMax = 64 * 1024;

    internal static readonly EventStreamOptions Default = new();

    /// <summary>
    /// How long a stream may be silent before a comment is sent, which no client sees, 15 s by default, from a quarter of a second to 24 days. Proxies and load
    /// balancers cut what is silent for 30 to 60 s. Each stream waits up to a quarter less, so that they do not all speak at once.
    /// <see cref="Timeout.InfiniteTimeSpan"/> turns it off.
    /// </summary>
    public TimeSpan Heartbeat
    {
        get;
        init => field = value == Timeout.InfiniteTimeSpan ? value : Bounds.InRange(value, TimeSpan.FromMilliseconds(250), Bounds.LongestTimeout);
    } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Bytes of a comment that goes first, 0 by default and up to <see cref="PaddingMax"/>: for clients and proxies that hold back the first
    /// kilobytes. 2048 is usual.
    /// </summary>
    public int Padding { get; init => field = Bounds.InRange(value, 0, PaddingMax); }

    /// <summary>How long a client is to wait before it reconnects, or null for its own default (3 s in most browsers).</summary>
    public TimeSpan? Retry
    {
        get;
        init
        {
            EventStreamFormat.CheckRetry(value, nameof(Retry));
            field = value;
        }
    }

    /// <summary>
    /// How long a client is to wait at least before it reconnects when the server stops, 1 s by default: it is told by a <c>retry</c> field, before the stream ends. It keeps to that
    /// until it is told otherwise (<see cref="Retry"/>). Null tells it nothing.
    /// </summary>
    public TimeSpan? StopRetry
    {
        get;
        init
        {
            EventStreamFormat.CheckRetry(value, nameof(StopRetry));
            field = value;
        }
    } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Up to how much longer than <see cref="StopRetry"/>, 4 s by default: each client is told another time, so that they do not all come back in the same instant.
    /// </summary>
    public TimeSpan StopRetrySpread
    {
        get;
        init
        {
            EventStreamFormat.CheckRetry(value, nameof(StopRetrySpread));
            field = value;
        }
    } = TimeSpan.FromSeconds(4);

    /// <summary>An event that goes before all others, to this client alone: its name in a room, the key of its stream.</summary>
    public SseItem<string>? First
    {
        get;
        init
        {
            if (value is { } first)
            {
                ArgumentNullException.ThrowIfNull(first.Data, nameof(First));
                EventStreamFormat.CheckField(first.EventId, nameof(First));
                EventStreamFormat.CheckField(first.EventType, nameof(First));
                EventStreamFormat.CheckRetry(first.ReconnectionInterval, nameof(First));
            }
            field = value;
        }
    }

    /// <summary>Who spreads them.</summary>
    internal Random Random { get; init; } = Random.Shared;

    /// <summary>What goes last when the server stops; empty for nothing.</summary>
    internal void WriteFarewell(PooledBuffer output)
    {
        if (StopRetry is not { } least) return;
        var milliseconds = least.TotalMilliseconds + Random.NextDouble() * StopRetrySpread.TotalMilliseconds;
        EventStreamFormat.WriteRest(output, type: null, TimeSpan.FromMilliseconds(milliseconds), data: default, hasData: false);
    }

    /// <summary>What goes before the first event; empty for nothing.</summary>
    internal void WritePrelude(PooledBuffer output)
    {
        if (Padding > 0) EventStreamFormat.WritePadding(output, Padding);
        if (Retry is not null) EventStreamFormat.WriteRest(output, type: null, Retry, data: default, hasData: false);
        if (First is { } first) EventStreamFormat.Write(output, first, TextEncoder.Instance);
    }
}
