using System.Net.ServerSentEvents;
using System.Runtime.ExceptionServices;
using RawStream.Streaming;

namespace RawStream;

/// <summary>
/// One subscriber of a <see cref="Broadcast{T}"/>: a place in the log of each topic that it follows. It is opened once, by sending it as a response or by
/// enumerating it, and closed when that ends. Every event published is delivered, dropped or conflated: the three counts add up.
/// </summary>
public sealed class Subscription<T> : IAsyncEnumerable<SseItem<T>>
{
    // As much is put together at a time for whoever cannot be sent the log as it is.
    private const int GatherSize = 16 * 1024;

    private readonly Broadcast<T> _broadcast;
    private readonly string _epoch;
    private readonly long? _after;
    private readonly int _replay;
    private string[] _topics; // What it will follow once it is open.
    private Follower<T>[] _followers = []; // Replaced as a whole: who sends reads it without the gate.
    private ISubscriber<T>? _subscriber;
    private bool _wasOpened;
    private volatile bool _isEnding;

    /// <summary>To be called within the gate.</summary>
    internal Subscription(Broadcast<T> broadcast, string[] topics, string? lastEventId, SubscribeOptions options)
    {
        (_broadcast, _topics, _epoch, _after) = (broadcast, topics, broadcast.Epoch, broadcast.StartAfter(lastEventId));
        _replay = string.IsNullOrEmpty(lastEventId) ? options.Replay ?? broadcast.Options.Replay : 0;
        Policy = options.SlowConsumer ?? broadcast.Options.SlowConsumer;
    }

    /// <summary>What happens when it is too slow.</summary>
    public SlowConsumerPolicy Policy { get; }

    /// <summary>Events that were handed to the connection, or enumerated.</summary>
    public long Delivered { get; private set; }

    /// <summary>Events that were lost on the way because it was too slow.</summary>
    public long Dropped { get; private set; }

    /// <summary>Events that were skipped because a newer one with the same key was there.</summary>
    public long Conflated { get; private set; }

    /// <summary>What the program wants to remember with it: a user, a room.</summary>
    public object? Tag { get; set; }

    /// <summary>It is being sent or enumerated.</summary>
    public bool IsOpen => Volatile.Read(ref _subscriber) is not null;

    /// <summary>How far its client is behind; null for one that is not being sent.</summary>
    public StreamHealth? Health => Volatile.Read(ref _subscriber)?.Health;

    /// <summary>
    /// A name that cannot be guessed, made when it is first asked for: who has it may be allowed to change what the stream follows, by a request
    /// of its own (<see cref="Broadcast{T}.Find"/>).
    /// </summary>
    public string Key
    {
        get
        {
            lock (_broadcast.Gate) return KeyOrNull ??= _broadcast.NewKey(this);
        }
    }

    /// <summary>What it follows now.</summary>
    public IReadOnlyCollection<string> Topics
    {
        get
        {
            lock (_broadcast.Gate) return [.. _topics];
        }
    }

    internal string? KeyOrNull { get; private set; }

    /// <summary>It was found too slow, and its policy is to be disconnected.</summary>
    internal bool IsTooSlow { get; private set; }

    /// <summary>Its stream ends once it has caught up. To be asked before that: nothing that it still has to get comes later.</summary>
    internal bool IsEnding => _isEnding || _broadcast.IsCompleted;

    /// <summary>There is nothing for it, and there will be nothing.</summary>
    internal bool HasNothingToCome
    {
        get
        {
            lock (_broadcast.Gate) return _broadcast.IsCompleted && After is { } after && Array.TrueForAll(_topics, topic => _broadcast.HasNothing(topic, after, _replay));
        }
    }

    /// <summary>It has had all that there is. It may be asked without the gate by whoever sends to it.</summary>
    internal bool IsCaughtUp
    {
        get
        {
            foreach (var follower in Volatile.Read(ref _followers))
                if (!follower.IsCaughtUp || follower.HasGap) return false;
            return true;
        }
    }

    /// <summary>It has to be disconnected, although it may be busy.</summary>
    internal bool MustBeCut
    {
        get
        {
            if (Policy != SlowConsumerPolicy.Disconnect) return false;
            foreach (var follower in Volatile.Read(ref _followers))
                if (follower.Cursor < follower.Log.First) return true;
            return false;
        }
    }

    /// <summary>After which event it begins; null where that is not there any more.</summary>
    private long? After => _epoch == _broadcast.Epoch ? _after : null;

    /// <summary>From now on it gets the events of that topic, too, open or not.</summary>
    /// <param name="topic">One that it may follow already.</param>
    /// <param name="replay">How many earlier events it gets, without their ids: what a client resumes from does not go back.</param>
    /// <returns>False when it follows it already.</returns>
    /// <exception cref="InvalidOperationException">There are too many topics.</exception>
    public bool Follow(string topic, int replay = 0)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentOutOfRangeException.ThrowIfNegative(replay);
        bool joins;
        lock (_broadcast.Gate)
        {
            if (_topics.Contains(topic)) return false;
            joins = IsOpen;
            if (joins)
            {
                var follower = new Follower<T>(_broadcast.TopicOf(topic), this);
                follower.Log.Add(follower, _broadcast.LastSequence, replay);
                follower.ReplayEnd = follower.Log.Head;
                if (_isEnding) follower.End = follower.Cursor;
                SetFollowers([.. _followers, follower]);
            }
            _topics = [.. _topics, topic];
        }
        Wake();
        if (joins) Tell(_broadcast.OnJoin, [topic]);
        return true;
    }

    /// <summary>From now on it does not get the events of that topic.</summary>
    /// <returns>False when it does not follow it.</returns>
    public bool Unfollow(string topic)
    {
        bool leaves;
        lock (_broadcast.Gate)
        {
            if (!_topics.Contains(topic)) return false;
            _topics = [.. _topics.Where(other => other != topic)];
            leaves = IsOpen;
            if (leaves)
            {
                var follower = Array.Find(_followers, follower => follower.Log.Name == topic)!;
                SetFollowers([.. _followers.Where(other => other != follower)]);
                _broadcast.Leave(follower);
            }
        }
        if (leaves) Tell(_broadcast.OnLeave, [topic]);
        return true;
    }

    /// <summary>Ends the stream properly, once it has had what was published so far.</summary>
    public void End()
    {
        lock (_broadcast.Gate)
        {
            if (!IsOpen || _isEnding) return;
            foreach (var follower in _followers) follower.End = follower.Log.Head;
            _isEnding = true;
        }
        Wake();
    }

    /// <summary>
    /// The events as values, for use outside of HTTP. What was missed is told by <see cref="Dropped"/>. The sequence ends when the broadcast is completed or
    /// the token fires.
    /// </summary>
    /// <exception cref="InvalidOperationException">It was opened before.</exception>
    /// <exception cref="OperationCanceledException">While it is enumerated: it is too slow, and its policy is to be disconnected.</exception>
    public IAsyncEnumerator<SseItem<T>> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new SubscriptionReader<T>(this, cancellationToken);

    /// <exception cref="InvalidOperationException">It was opened before, or there are too many topics.</exception>
    internal void Open(ISubscriber<T> subscriber)
    {
        string[] topics;
        lock (_broadcast.Gate)
        {
            if (_wasOpened) throw new InvalidOperationException("A subscription is opened once. Subscribe again.");
            topics = _topics;
            var followers = new Follower<T>[topics.Length];
            for (var i = 0; i < topics.Length; i++) followers[i] = new Follower<T>(_broadcast.TopicOf(topics[i], needed: topics), this);
            SetFollowers(followers);
            _wasOpened = true;
            var after = After;
            foreach (var follower in followers)
            {
                follower.IsAhead = after > _broadcast.LastSequence;
                if (follower.Log.Add(follower, after, _replay))
                    follower.NoteGap(after is null ? null : _broadcast.CountMissed(follower.Log, after.Value), follower.Log.ForgottenSequence);
            }
            _broadcast.Open(this);
            Volatile.Write(ref _subscriber, subscriber);
        }
        try
        {
            Tell(_broadcast.OnJoin, topics);
        }
        catch
        {
            Close();
            throw;
        }
    }

    internal void Close()
    {
        string[] topics;
        lock (_broadcast.Gate)
        {
            if (!IsOpen) return;
            Volatile.Write(ref _subscriber, null);
            topics = _topics;
            foreach (var follower in _followers) _broadcast.Leave(follower);
            SetFollowers([]);
            _broadcast.Close(this);
        }
        Tell(_broadcast.OnLeave, topics);
    }

    /// <summary>There is something new for it.</summary>
    internal void Signal(ref LogBatch<T> shared) => Volatile.Read(ref _subscriber)?.Signal(ref shared);

    /// <summary>What was read for another subscriber is what this one needs, too.</summary>
    internal bool CanTake(in LogBatch<T> shared)
    {
        if (!shared.IsShared || Policy == SlowConsumerPolicy.ConflateByKey) return false;
        var followers = Volatile.Read(ref _followers);
        return followers.Length == 1 && followers[0] is { Window: null, HasGap: false, IsAhead: false, IsReplaying: false } follower && follower.Log == shared.Log && follower.Cursor == shared.From;
    }

    /// <summary>The next that it is to be sent; empty when there is nothing, or when it is too slow. One thread may read at a time.</summary>
    internal LogBatch<T> Read()
    {
        lock (_broadcast.Gate)
        {
            PassSeen();
            if (Policy == SlowConsumerPolicy.ConflateByKey) return Gather(GatherSize);
            if (!TryResume()) return default;
            var merge = new Merge<T>(_followers);
            var next = merge.Next(out var entry, out var limit);
            // A gap event leaves together with the event behind it: nothing can be lost between the two.
            if (next is null || merge.HasGapBefore(entry.Sequence)) return Gather(1);
            if (next.IsReplaying) return Gather(GatherSize);
            if (entry.IsGap) merge.SkipOtherGaps(next, entry.Sequence);
            return next.Log.Read(next, limit);
        }
    }

    /// <summary>Shared events were sent.</summary>
    internal void Advance(in LogBatch<T> batch)
    {
        foreach (var follower in Volatile.Read(ref _followers))
            if (follower.Log == batch.Log && follower.Cursor == batch.From) follower.Cursor = batch.To; // It may have begun to follow anew.
        Delivered += batch.To - batch.From;
        if (Policy == SlowConsumerPolicy.Wait) _broadcast.OnAdvanced();
    }

    /// <summary>The next event as a value.</summary>
    internal bool TryReadItem(out SseItem<T> item)
    {
        lock (_broadcast.Gate)
        {
            PassSeen();
            while (!Array.TrueForAll(_followers, static follower => follower.IsCaughtUp) && TryResume() && new Merge<T>(_followers).Next(out var entry, out _) is { } next)
            {
                Pass(next);
                if (entry.IsGap) continue;
                item = new SseItem<T>(entry.Data, entry.Type) { EventId = _broadcast.IdBefore(entry.Sequence + 1) };
                return true;
            }
        }
        item = default;
        return false;
    }

    /// <summary>Events were passed over for it.</summary>
    internal void OnSkipped(long lost, long conflated)
    {
        Dropped += lost;
        Conflated += conflated;
    }

    internal void Wake()
    {
        var none = default(LogBatch<T>);
        Signal(ref none);
    }

    /// <summary>All are told, even when a hook throws.</summary>
    private void Tell(Action<Subscription<T>, string>? hook, string[] topics)
    {
        ExceptionDispatchInfo? failure = null;
        foreach (var topic in topics)
        {
            try
            {
                hook?.Invoke(this, topic);
            }
            catch (Exception e)
            {
                failure ??= ExceptionDispatchInfo.Capture(e);
            }
        }
        failure?.Throw();
    }

    private void SetFollowers(Follower<T>[] followers)
    {
        Volatile.Write(ref _followers, followers);
        _broadcast.SetTopicless(this, followers.Length == 0);
    }

    /// <summary>What its client has seen at another node, before it came here, is not sent again.</summary>
    private void PassSeen()
    {
        foreach (var follower in _followers)
        {
            if (!follower.IsAhead) continue;
            while (After is not null && follower.Log.TryPeek(follower, out var entry, out _) && entry.Sequence <= After) follower.Cursor++;
            follower.IsAhead = _broadcast.LastSequence < After;
        }
    }

    /// <summary>Applies its policy where it has fallen out of a log; false when that is to be disconnected.</summary>
    private bool TryResume()
    {
        if (Policy == SlowConsumerPolicy.ConflateByKey) return true;
        foreach (var follower in _followers)
        {
            OnSkipped(follower.Log.Resume(follower), conflated: 0);
        }
        IsTooSlow = Dropped > 0 && Policy == SlowConsumerPolicy.Disconnect;
        return !IsTooSlow;
    }

    /// <summary>For one that gets something else than the log as it is: at least so many bytes, if there are any.</summary>
    private LogBatch<T> Gather(int size)
    {
        var gathered = PooledBuffer.Rent();
        var merge = new Merge<T>(_followers);
        var hasAll = false;
        while (gathered.Span.Length < size && TryResume()) // What was kept for it may end in the middle, and the log go on.
        {
            var next = merge.Next(out var entry, out _);
            var sequence = next is null ? long.MaxValue : entry.Sequence;
            if (entry.IsGap) merge.SkipOtherGaps(next!, entry.Sequence);
            if (entry.IsGap && merge.HasGapBefore(entry.Sequence))
            {
                Pass(next!);
                next!.NoteGap(missed: null, entry.Sequence); // Two gaps are one.
                continue;
            }
            if (merge.HasGapBefore(sequence))
            {
                var id = next is { IsReplaying: true } ? null : _broadcast.IdBefore(next is null ? null : sequence);
                gathered.Write(GapEvent.Frame(id, merge.CloseGapsBefore(sequence)));
            }
            hasAll = next is null;
            if (next is null) break;
            next.Log.TryPeek(next, out _, out var frame);
            if (next.IsReplaying) gathered.Write(Frames.WithoutId(frame.Span));
            else gathered.Write(frame.Span);
            Pass(next);
        }
        if (!gathered.Span.IsEmpty) return LogBatch<T>.Of(gathered, hasAll);
        gathered.Dispose();
        return default;
    }

    private void Pass(Follower<T> follower)
    {
        follower.Cursor++;
        Delivered++;
        if (Policy == SlowConsumerPolicy.Wait) _broadcast.OnAdvanced();
    }
}

/// <summary>Who takes the events of a subscription.</summary>
internal interface ISubscriber<T>
{
    StreamHealth? Health { get; }

    /// <summary>There is something new. What was read of the log for the one before it, or for this one, may serve the next one.</summary>
    void Signal(ref LogBatch<T> shared);
}
