namespace RawStream.Streaming;

/// <summary>
/// The events of one topic: a bounded log of framed bytes, and the subscribers that follow it. An event is its index here; its sequence, which counts
/// over all topics, is what clients see. All of it is guarded by the broadcast's gate, but for <see cref="First"/> and <see cref="Head"/>.
/// </summary>
internal sealed class TopicLog<T>(string name, int maxEvents, int maxBytes)
{
    private const int SmallestSegment = 1024;
    private const int LargestSegment = 64 * 1024;

    private readonly List<LogSegment<T>> _segments = [];
    private readonly List<Follower<T>> _holders = []; // Those whose policy must be asked before an event is forgotten.
    private Conflation<T>? _conflation;
    private Shard<T>[] _shards = [];
    private long _first;
    private long _head;
    private long _held; // No holder's cursor is below it.
    private long _bytes;
    private long _lastGap = -1; // The last forgotten event that stood for missing ones.

    public string Name { get; } = name;

    /// <summary>The index of the oldest event that is there. It may be read without the gate.</summary>
    public long First => Volatile.Read(ref _first);

    /// <summary>The index of the next event. It may be read without the gate.</summary>
    public long Head => Volatile.Read(ref _head);

    /// <summary>The sequence of the last event that is not there any more; 0 if none is missing.</summary>
    public long ForgottenSequence { get; set; }

    public int Followers { get; private set; }

    /// <summary>When somebody last published or left, in milliseconds.</summary>
    public long LastUse { get; set; }

    /// <summary>Who delivers. The array does not change; another one takes its place.</summary>
    public Shard<T>[] Shards => _shards;

    public bool HasEvents => Head > First;

    public long LastSequence => HasEvents ? this[Head - 1].Sequence : ForgottenSequence;

    private LogEntry<T> this[long index] => Find(_segments, index)[index];

    /// <summary>Forgets old events until one more of <paramref name="size"/> bytes fits; false when a subscriber has to be waited for.</summary>
    public bool TryMakeRoom(int size)
    {
        while (HasEvents && (Head - First >= maxEvents || _bytes + size > maxBytes))
        {
            if (!MayForgetFirst()) return false;
            ForgetFirst();
        }
        return true;
    }

    /// <summary>Appends an event whose content comes in two parts.</summary>
    public void Append(ReadOnlySpan<byte> id, ReadOnlySpan<byte> rest, long sequence, T data, string? type, string? key)
    {
        var size = id.Length + rest.Length;
        size += Frames.Overhead(size);
        var segment = _segments.Count > 0 && _segments[^1].Room >= size ? _segments[^1] : AddSegment(size);
        Frames.Write(segment.Reserve(size), id, rest);
        segment.Append(size, sequence, data, type, key);
        _bytes += size;
        _conflation?.OnAppend(Head, key, First);
        Volatile.Write(ref _head, _head + 1);
    }

    /// <summary>Forgets all events, whoever wanted to have them.</summary>
    public void ForgetAll()
    {
        while (HasEvents)
        {
            foreach (var holder in _holders) holder.Window = null;
            ForgetFirst();
        }
        _conflation?.Clear(First - 1, ForgottenSequence);
    }

    /// <summary>The index of the first event whose sequence is above <paramref name="sequence"/>.</summary>
    public long IndexAfter(long sequence)
    {
        foreach (var segment in _segments)
        {
            var index = segment.Find(sequence + 1, Math.Max(segment.FirstIndex, First));
            if (index < segment.EndIndex) return index;
        }
        return Head;
    }

    /// <summary>A follower's next event; false when it has had all.</summary>
    public bool TryPeek(Follower<T> follower, out LogEntry<T> entry, out ReadOnlyMemory<byte> frame)
    {
        if (follower.Subscription.Policy == SlowConsumerPolicy.ConflateByKey) return TryPeekConflated(follower, out entry, out frame);
        var (segments, end) = ViewOf(follower);
        var cursor = follower.Cursor;
        (entry, frame) = (default, default);
        if (cursor >= end) return false;
        var segment = Find(segments, cursor);
        (entry, frame) = (segment[cursor], segment.Frames(cursor, cursor + 1));
        return true;
    }

    /// <summary>A follower's next events, contiguous, whose sequences are below <paramref name="limit"/>.</summary>
    public LogBatch<T> Read(Follower<T> follower, long limit)
    {
        var from = follower.Cursor;
        var (segments, end) = ViewOf(follower);
        var segment = Find(segments, from);
        var to = Math.Min(end, limit == long.MaxValue ? segment.EndIndex : segment.Find(limit, from));
        return new LogBatch<T>(segment.Frames(from, to), segment, from, to, HasAll: to == Head && limit == long.MaxValue);
    }

    /// <summary>What has happened to a follower whose next events are forgotten: it goes on with the oldest one that is there, and has a gap. How many it has missed.</summary>
    public long Resume(Follower<T> follower)
    {
        if (follower.Window is null && follower.Cursor >= First) return 0;
        if (follower.Window is { } window && follower.Cursor < window.End) return 0;
        follower.Window = null;
        var missed = Math.Max(First - follower.Cursor, 0);
        if (missed > 0) follower.NoteGap(_lastGap < follower.Cursor ? missed : null, ForgottenSequence);
        follower.Cursor += missed;
        _held = Math.Min(_held, follower.Cursor); // From here on its policy is asked again.
        return missed;
    }

    /// <summary>A follower joins, after a sequence, or at the oldest event; true when events between are missing.</summary>
    public bool Add(Follower<T> follower, long? after, int replay)
    {
        follower.Cursor = after is null ? First : Math.Max(IndexAfter(after.Value) - replay, First);
        Followers++;
        switch (follower.Subscription.Policy)
        {
            case SlowConsumerPolicy.Wait or SlowConsumerPolicy.DropNewest:
                _holders.Add(follower);
                _held = Math.Min(_held, follower.Cursor);
                break;
            case SlowConsumerPolicy.ConflateByKey:
                _conflation ??= new Conflation<T>(Entries(), First - 1, ForgottenSequence, maxEvents, maxBytes);
                _conflation.Followers++;
                break;
        }
        var shard = Array.Find(_shards, static shard => shard.HasRoom);
        if (shard is null) _shards = [.. _shards, shard = new Shard<T>()];
        shard.Add(follower);
        return after is null || ForgottenSequence > after;
    }

    public void Remove(Follower<T> follower)
    {
        Followers--;
        _holders.Remove(follower);
        if (follower.Subscription.Policy == SlowConsumerPolicy.ConflateByKey && --_conflation!.Followers == 0) _conflation = null;
        var shard = follower.Shard!;
        shard.Remove(follower);
        if (shard.IsEmpty) _shards = [.. _shards.Where(other => other != shard)];
    }

    /// <summary>The next event that no newer one of its key has replaced. The cursor moves to it, over those that are skipped.</summary>
    private bool TryPeekConflated(Follower<T> follower, out LogEntry<T> entry, out ReadOnlyMemory<byte> frame)
    {
        var conflation = _conflation!;
        while (follower.Cursor < Head)
        {
            var cursor = follower.Cursor;
            if (cursor < First)
            {
                if (conflation.TryFind(cursor, out var kept))
                {
                    Skip(follower, kept.Index);
                    (entry, frame) = (kept.Entry, kept.Frame);
                    return true;
                }
                Skip(follower, First);
                continue;
            }
            var segment = Find(_segments, cursor);
            entry = segment[cursor];
            frame = segment.Frames(cursor, cursor + 1);
            if (!conflation.IsReplaced(entry.Key, cursor)) return true;
            Skip(follower, cursor + 1);
        }
        (entry, frame) = (default, default);
        return false;
    }

    /// <summary>Asks the holders; true when nobody minds.</summary>
    private bool MayForgetFirst()
    {
        if (_holders.Count == 0 || First < _held) return true;
        _held = Head;
        foreach (var holder in _holders)
        {
            if (holder.Window is not null) continue;
            var cursor = holder.Cursor;
            if (cursor > First || holder.Subscription.Policy == SlowConsumerPolicy.Wait)
                _held = Math.Min(_held, cursor);
            else if (cursor == First) // Else its events are gone already: it will see.
                holder.Window = new LogWindow<T>([.. _segments], Head);
        }
        return First < _held;
    }

    private void ForgetFirst()
    {
        var segment = _segments[0];
        var frame = segment.Frames(First, First + 1);
        var entry = segment[First];
        _conflation?.OnForget(First, entry, frame);
        if (entry.IsGap) _lastGap = First;
        ForgottenSequence = entry.Sequence;
        _bytes -= frame.Length;
        Volatile.Write(ref _first, _first + 1);
        if (segment.EndIndex == First) _segments.RemoveAt(0);
    }

    private LogSegment<T> AddSegment(int size)
    {
        var usual = _segments.Count == 0 ? SmallestSegment : Math.Min(_segments[^1].Capacity * 2, LargestSegment);
        var segment = new LogSegment<T>(this, Math.Max(size, Math.Min(usual, maxBytes)), Head);
        _segments.Add(segment);
        return segment;
    }

    private static void Skip(Follower<T> follower, long to)
    {
        var conflation = follower.Log._conflation!;
        var lost = Math.Clamp(conflation.LostThrough + 1 - follower.Cursor, 0, to - follower.Cursor);
        if (lost > 0) follower.NoteGap(conflation.LostGap < follower.Cursor ? lost : null, conflation.LostSequence);
        follower.Subscription.OnSkipped(lost, to - follower.Cursor - lost);
        follower.Cursor = to;
    }

    private (List<LogSegment<T>> Segments, long End) ViewOf(Follower<T> follower) =>
        follower.Window is { } window ? (window.Segments, window.End) : (_segments, Head);

    private IEnumerable<(long Index, LogEntry<T> Entry)> Entries()
    {
        for (var index = First; index < Head; index++) yield return (index, this[index]);
    }

    /// <summary>The segment that holds an index. Mostly it is the last one.</summary>
    private static LogSegment<T> Find(List<LogSegment<T>> segments, long index)
    {
        var at = segments.Count - 1;
        while (segments[at].FirstIndex > index) at--;
        return segments[at];
    }
}
