using RawStream.Streaming;

namespace RawStream;

/// <summary>The bounds of a <see cref="Broadcast{T}"/>. Those of events hold for each topic by itself.</summary>
public sealed class BroadcastOptions
{
    /// <summary>How many events are kept, for those who are behind or come back: 1024 by default, at least 1.</summary>
    public int MaxEvents { get; init => field = Bounds.AtLeast(value, 1); } = 1024;

    /// <summary>How many bytes of events are kept, as they are sent: 1 MiB by default, at least 1 KiB. A single event may be as large.</summary>
    public int MaxBytes { get; init => field = Bounds.AtLeast(value, 1024); } = 1024 * 1024;

    /// <summary>
    /// How many topics there may be, 10 000 by default, at least 1. When one more is needed, the one goes that nobody has followed or published to for longest; while all
    /// are followed, one more is refused.
    /// </summary>
    public int MaxTopics { get; init => field = Bounds.AtLeast(value, 1); } = 10_000;

    /// <summary>How many events a new subscriber gets that were there before it, 0 by default and at least. One that resumes gets all that it has missed.</summary>
    public int Replay { get; init => field = Bounds.AtLeast(value, 0); }

    /// <summary>What happens to a subscriber that is too slow, unless it has its own policy.</summary>
    public SlowConsumerPolicy SlowConsumer { get; init; }

    /// <summary>
    /// What tells the ids of this log from those of another one, or of this one before a restart; by default a new one each time. Letters, digits and underscores.
    /// </summary>
    public string Epoch
    {
        get;
        init
        {
            EventId.CheckEpoch(value);
            field = value;
        }
    } = EventId.NewEpoch();
}

/// <summary>What one subscriber wants otherwise than the rest.</summary>
public sealed class SubscribeOptions
{
    internal static readonly SubscribeOptions Default = new();

    /// <summary>What happens when it is too slow; null for what <see cref="BroadcastOptions.SlowConsumer"/> says.</summary>
    public SlowConsumerPolicy? SlowConsumer { get; init; }

    /// <summary>How many earlier events it gets; null for what <see cref="BroadcastOptions.Replay"/> says. Without meaning for one that resumes.</summary>
    public int? Replay
    {
        get;
        init
        {
            if (value is not null) ArgumentOutOfRangeException.ThrowIfNegative(value.Value);
            field = value;
        }
    }
}
