namespace RawStream.Streaming;

/// <summary>
/// The topics that one stream follows, in the order of publishing: whose event is next, and where events are missing. To be used within the broadcast's gate.
/// </summary>
internal readonly ref struct Merge<T>(ReadOnlySpan<Follower<T>> followers)
{
    private readonly ReadOnlySpan<Follower<T>> _followers = followers;

    /// <summary>Whose event is next, and before which sequence something else comes: another topic's event, or its gap.</summary>
    public Follower<T>? Next(out LogEntry<T> first, out long limit)
    {
        Follower<T>? next = null;
        first = default;
        limit = long.MaxValue;
        foreach (var follower in _followers)
        {
            if (!follower.Log.TryPeek(follower, out var entry, out _)) continue;
            if (next is null || entry.Sequence < first.Sequence)
            {
                if (next is not null) limit = first.Sequence;
                (next, first) = (follower, entry);
            }
            else
            {
                limit = Math.Min(limit, entry.Sequence);
            }
        }
        foreach (var follower in _followers)
            if (follower.HasGap) limit = Math.Min(limit, follower.GapEnd + 1);
        limit = Math.Max(limit, first.Sequence + 1);
        return next;
    }

    /// <summary>Events are missing that would have come before that sequence.</summary>
    public bool HasGapBefore(long sequence)
    {
        foreach (var follower in _followers)
            if (follower.HasGap && follower.GapEnd <= sequence) return true;
        return false;
    }

    /// <summary>The client is being told of all gaps before that sequence. How many events they are, or null where nobody knows.</summary>
    public long? CloseGapsBefore(long sequence)
    {
        long? missed = 0;
        foreach (var follower in _followers)
        {
            if (!follower.HasGap || follower.GapEnd > sequence) continue;
            missed += follower.Missed;
            follower.CloseGap();
        }
        return missed;
    }

    /// <summary>A gap that other topics' logs tell of, too, is told once.</summary>
    public void SkipOtherGaps(Follower<T> next, long sequence)
    {
        foreach (var other in _followers)
            if (other != next && other.Log.TryPeek(other, out var entry, out _) && entry.IsGap && entry.Sequence == sequence) other.Cursor++;
    }
}
