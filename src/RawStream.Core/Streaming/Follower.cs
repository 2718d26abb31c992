namespace RawStream.Streaming;

/// <summary>The place of one subscription in the log of one topic: a cursor, and nothing is copied for it.</summary>
internal sealed class Follower<T>(TopicLog<T> log, Subscription<T> subscription)
{
    private long _cursor;
    private Gap? _gap; // Most have none.

    public TopicLog<T> Log { get; } = log;

    public Subscription<T> Subscription { get; } = subscription;

    /// <summary>The index of the next event that it gets. It is moved by whoever sends to the subscriber, one at a time, and looked at by publishers.</summary>
    public long Cursor
    {
        get => Volatile.Read(ref _cursor);
        set => Volatile.Write(ref _cursor, value);
    }

    /// <summary>Events that the log has forgotten and this subscriber still gets (<see cref="SlowConsumerPolicy.DropNewest"/>).</summary>
    public LogWindow<T>? Window { get; set; }

    /// <summary>The index of the event before which its stream ends.</summary>
    public long End { get; set; } = long.MaxValue;

    /// <summary>It has had all that there is, or all that was there when its end was set. It may be asked without the gate by whoever moves the cursor.</summary>
    public bool IsCaughtUp => Cursor >= End || (Cursor == Log.Head && Window is null);

    /// <summary>The index of the event up to which it gets what was there before it joined an open stream.</summary>
    public long ReplayEnd { get; set; }

    public bool IsReplaying => Cursor < ReplayEnd;

    /// <summary>Its client comes from another node, and has seen events there that have still to come here.</summary>
    public bool IsAhead { get; set; }

    /// <summary>Events are missing before its next one, and its client was not told yet.</summary>
    public bool HasGap => _gap is not null;

    /// <summary>The sequence of the last of them.</summary>
    public long GapEnd => _gap!.End;

    /// <summary>How many they are; null where nobody knows.</summary>
    public long? Missed => _gap!.Missed;

    /// <summary>Who delivers to it, and where it stands there.</summary>
    public Shard<T>? Shard { get; set; }

    public int Slot { get; set; }

    public void NoteGap(long? missed, long end) => _gap = new Gap(_gap is null ? missed : _gap.Missed + missed, end);

    /// <summary>Its client is being told.</summary>
    public void CloseGap() => _gap = null;

    private sealed record Gap(long? Missed, long End);
}

/// <summary>A stretch of a log as it was when it was about to be forgotten.</summary>
internal sealed record LogWindow<T>(List<LogSegment<T>> Segments, long End);
