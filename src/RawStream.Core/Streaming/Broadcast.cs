using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using RawStream.Streaming;

namespace RawStream;

/// <summary>
/// Sends each event to all who have subscribed: to thousands of Server-Sent Event streams, and to async sequences.
/// <para>
/// It is a log, and a subscriber is a cursor in it. An event is encoded and framed once; a subscriber has no queue and no copy, and one that
/// is behind is sent all that it lacks at a time. No subscriber can slow another one. What is bounded, and what happens to whoever is too slow,
/// say <see cref="BroadcastOptions"/> and <see cref="SlowConsumerPolicy"/>.
/// </para>
/// <code>
/// var news = new Broadcast&lt;string&gt;();
/// server.Map("GET /news", request => Response.Events(news.Subscribe(request.LastEventId)));
/// news.Publish("It works.");
/// </code>
/// All members may be used by any thread.
/// </summary>
public sealed class Broadcast<T>
{
    private static readonly string[] TheOneTopic = [""]; // Shared by all who follow nothing else.

    // "id: ", epoch, "-", sequence, LF
    private const int LongestId = 4 + 64 + 1 + 20 + 1;
    private const int KeyBytes = 16;

    private readonly BroadcastOptions _options;
    private readonly EventEncoder<T> _encoder;
    private readonly IBackplane<T>? _backplane;
    private readonly Dictionary<string, TopicLog<T>> _topics = [];
    private readonly Dictionary<string, Subscription<T>> _byKey = [];
    private readonly HashSet<Subscription<T>> _topicless = []; // Open, but no topic's shards know them.
    private string _epoch;
    private long _sequence;
    private long _forgottenSequence; // The last one of all topics that are gone.
    private bool _isCopy; // Another node owns the log.
    private bool _hasHoles; // Events of the log's owner have never come here.
    private int _subscribers;
    private volatile bool _isCompleted;
    private TaskCompletionSource? _room; // Publishers wait for it.

    /// <summary>A broadcast of texts: <c>new Broadcast&lt;string&gt;()</c>.</summary>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> is not <see cref="string"/>: say how it becomes JSON.</exception>
    public Broadcast(BroadcastOptions? options = null, IBackplane<T>? backplane = null)
        : this(TextEncoder.Instance as EventEncoder<T> ?? throw new ArgumentException($"How does a {typeof(T).Name} become an event? Give its JsonTypeInfo, or EventTypes."), options, backplane)
    {
    }

    /// <summary>A broadcast of values that are sent as JSON.</summary>
    /// <param name="type">From a <c>JsonSerializerContext</c>: it needs no reflection.</param>
    /// <param name="options">Bounds and policy.</param>
    /// <param name="backplane">What connects it with other nodes.</param>
    public Broadcast(JsonTypeInfo<T> type, BroadcastOptions? options = null, IBackplane<T>? backplane = null)
        : this(new JsonEncoder<T>(type ?? throw new ArgumentNullException(nameof(type))), options, backplane)
    {
    }

    /// <summary>A broadcast of messages of several types, each of which is an event of its own name.</summary>
    /// <param name="types">Which message is which event.</param>
    /// <param name="options">Bounds and policy.</param>
    /// <param name="backplane">What connects it with other nodes.</param>
    public Broadcast(EventTypes<T> types, BroadcastOptions? options = null, IBackplane<T>? backplane = null)
        : this((types ?? throw new ArgumentNullException(nameof(types))).Encoder, options, backplane)
    {
    }

    private Broadcast(EventEncoder<T> encoder, BroadcastOptions? options, IBackplane<T>? backplane)
    {
        _encoder = encoder;
        _options = options ?? new BroadcastOptions();
        _backplane = backplane;
        _epoch = _options.Epoch;
    }

    /// <summary>How many streams and sequences are open.</summary>
    public int Subscribers => Volatile.Read(ref _subscribers);

    /// <summary>The topics that there are.</summary>
    public IReadOnlyCollection<string> Topics
    {
        get
        {
            lock (Gate) return [.. _topics.Keys];
        }
    }

    /// <summary>The id of the last event, as clients see it; null before the first one.</summary>
    public string? LastEventId
    {
        get
        {
            lock (Gate) return _sequence == 0 ? null : Streaming.EventId.Format(_epoch, _sequence);
        }
    }

    /// <summary>Is told, outside of any lock, when a subscription begins to follow a topic: presence.</summary>
    public Action<Subscription<T>, string>? OnJoin { get; init; }

    /// <summary>Is told, outside of any lock, when a subscription no longer follows a topic.</summary>
    public Action<Subscription<T>, string>? OnLeave { get; init; }

    internal Lock Gate { get; } = new();

    internal bool IsCompleted => _isCompleted;

    internal BroadcastOptions Options => _options;

    internal string Epoch => _epoch;

    internal long LastSequence => _sequence;

    /// <summary>How many follow a topic.</summary>
    public int CountFollowers(string topic = "")
    {
        lock (Gate) return _topics.TryGetValue(topic, out var log) ? log.Followers : 0;
    }

    /// <summary>Publishes an event. It is handed to the subscribers by other threads, soon; <see cref="DeliveredAsync"/> waits for that.</summary>
    /// <param name="data">Encoded now.</param>
    /// <param name="type">The event type; null for <c>message</c>, or for what <see cref="EventTypes{T}"/> says.</param>
    /// <param name="key">What a newer event with the same key replaces (<see cref="SlowConsumerPolicy.ConflateByKey"/>).</param>
    /// <param name="topic">Who follows this topic gets it.</param>
    /// <returns>Its sequence, from 1.</returns>
    /// <exception cref="ArgumentException">The type holds CR, LF or NUL, or is "gap", or the event is larger than <see cref="BroadcastOptions.MaxBytes"/>.</exception>
    /// <exception cref="InvalidOperationException">
    /// A subscriber whose policy is Wait has to be waited for, or there is a backplane (use <see cref="PublishAsync"/>); it is completed; or there are too many topics.
    /// </exception>
    public long Publish(T data, string? type = null, string? key = null, string topic = "")
    {
        if (_backplane is not null) throw new InvalidOperationException("A broadcast with a backplane is published to by PublishAsync.");
        using var rest = Encode(data, ref type, topic);
        return TryAppend(rest.Span, data, type, key, topic, out _) ?? throw new InvalidOperationException("A subscriber whose policy is Wait is behind. PublishAsync waits for it.");
    }

    /// <summary>Publishes an event, as <see cref="Publish"/> does, but waits for subscribers whose policy is to be waited for, and goes through the backplane where there is one.</summary>
    /// <param name="data">Encoded now.</param>
    /// <param name="type">The event type.</param>
    /// <param name="key">What a newer event with the same key replaces.</param>
    /// <param name="topic">Who follows this topic gets it.</param>
    /// <param name="cancellationToken">Ends the waiting; the event is not published then.</param>
    /// <inheritdoc cref="Publish" path="/exception"/>
    public async ValueTask PublishAsync(T data, string? type = null, string? key = null, string topic = "", CancellationToken cancellationToken = default)
    {
        if (_backplane is not null)
        {
            await _backplane.PublishAsync(new BroadcastMessage<T>(data, type, key, topic), cancellationToken);
            return;
        }
        using var rest = Encode(data, ref type, topic);
        while (TryAppend(rest.Span, data, type, key, topic, out var room) is null) await room.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Takes an event from the log's owner, when this is a copy of a log that another node or a broker owns. Events come in the order of their
    /// sequence; one that was had already is ignored, and where some are missing, or the epoch is another one, all subscribers get one <c>gap</c> event.
    /// </summary>
    /// <param name="epoch">Of the owner's log.</param>
    /// <param name="sequence">From 1, over all topics.</param>
    /// <param name="message">What was published.</param>
    /// <inheritdoc cref="Publish" path="/exception"/>
    public void Receive(string epoch, long sequence, BroadcastMessage<T> message)
    {
        Streaming.EventId.CheckEpoch(epoch);
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        var type = message.Type;
        using var rest = Encode(message.Data, ref type, message.Topic);
        lock (Gate)
        {
            _isCopy = true;
            if (epoch != _epoch) BeginEpoch(epoch, sequence);
            else if (sequence <= _sequence) return;
            else if (sequence > _sequence + 1) AppendGaps(sequence - 1, sequence - 1 - _sequence);
            _sequence = sequence - 1;
            var appended = TryAppend(rest.Span, message.Data, type, message.Key, message.Topic, out _);
            if (appended is null) throw new InvalidOperationException("A subscriber whose policy is Wait is behind. Where a log is copied, nobody can be waited for.");
        }
    }

    /// <summary>A subscription; it begins when it is sent as a response (<see cref="Response.Events{T}(Subscription{T}, EventStreamOptions?)"/>) or enumerated.</summary>
    /// <param name="lastEventId">
    /// The last event that the client has seen, usually <see cref="Request.LastEventId"/>: it gets all later ones, or one <c>gap</c> event where some of
    /// them are not there any more. Null begins with the next event that is published.
    /// </param>
    /// <param name="options">What it wants otherwise than the rest.</param>
    public Subscription<T> Subscribe(string? lastEventId = null, SubscribeOptions? options = null) => Subscribe(TheOneTopic, lastEventId, options);

    /// <param name="topics">What it follows, one or more; that can be changed while it is open.</param>
    /// <param name="lastEventId">The last event that the client has seen, of any of the topics.</param>
    /// <param name="options">What it wants otherwise than the rest.</param>
    /// <inheritdoc cref="Subscribe(string?, SubscribeOptions?)"/>
    public Subscription<T> Subscribe(IEnumerable<string> topics, string? lastEventId = null, SubscribeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(topics);
        var distinct = topics == TheOneTopic ? TheOneTopic : [.. topics.Distinct()];
        lock (Gate) return new Subscription<T>(this, distinct, lastEventId, options ?? SubscribeOptions.Default);
    }

    /// <summary>The open stream that has this <see cref="Subscription{T}.Key"/>, or null.</summary>
    public Subscription<T>? Find(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        lock (Gate) return _byKey.GetValueOrDefault(key);
    }

    /// <summary>
    /// Completes when what was published so far has been handed to every subscriber: given to its socket, or, where that is full, left to be sent
    /// as soon as it is not.
    /// </summary>
    public Task DeliveredAsync()
    {
        Shard<T>[] shards;
        lock (Gate) shards = [.. _topics.Values.SelectMany(log => log.Shards)];
        if (shards.Length == 0) return Task.CompletedTask;
        var handover = new Handover(shards.Length);
        foreach (var shard in shards) shard.Schedule(handover);
        return handover.Completed;
    }

    /// <summary>No more events: each subscriber gets what it has not had yet, and its stream ends properly.</summary>
    public void Complete()
    {
        Shard<T>[] shards;
        Subscription<T>[] topicless;
        lock (Gate)
        {
            _isCompleted = true;
            shards = [.. _topics.Values.SelectMany(log => log.Shards)];
            topicless = [.. _topicless];
            WakePublishers();
        }
        foreach (var shard in shards) shard.Schedule();
        foreach (var subscription in topicless) subscription.Wake();
    }

    /// <summary>The topic of that name, a new one if there is none. One of those that are <paramref name="needed"/> does not make room for it.</summary>
    internal TopicLog<T> TopicOf(string name, params ReadOnlySpan<string> needed)
    {
        if (_topics.TryGetValue(name, out var log)) return log;
        if (_topics.Count >= _options.MaxTopics) RemoveIdleTopic(needed);
        log = new TopicLog<T>(name, _options.MaxEvents, _options.MaxBytes) { ForgottenSequence = _forgottenSequence };
        _topics.Add(name, log);
        return log;
    }

    internal void Leave(Follower<T> follower)
    {
        follower.Log.Remove(follower);
        follower.Log.LastUse = Environment.TickCount64;
        WakePublishers();
    }

    internal void SetTopicless(Subscription<T> subscription, bool isTopicless)
    {
        if (isTopicless) _topicless.Add(subscription);
        else _topicless.Remove(subscription);
    }

    internal void Open(Subscription<T> subscription)
    {
        _subscribers++;
        if (subscription.KeyOrNull is { } key) _byKey[key] = subscription;
    }

    internal void Close(Subscription<T> subscription)
    {
        _subscribers--;
        _topicless.Remove(subscription);
        if (subscription.KeyOrNull is { } key) _byKey.Remove(key);
    }

    internal string NewKey(Subscription<T> subscription)
    {
        var key = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyBytes));
        if (subscription.IsOpen) _byKey[key] = subscription;
        return key;
    }

    /// <summary>The id up to which all is known; of what comes next if nothing has come yet.</summary>
    internal string IdBefore(long? nextSequence) => Streaming.EventId.Format(_epoch, (nextSequence ?? _sequence + 1) - 1);

    /// <summary>How many events were published after that one, where the log can tell.</summary>
    internal long? CountMissed(TopicLog<T> log, long after) => log.Head == _sequence && !_hasHoles ? Math.Max(log.First - after, 0) : null;

    /// <summary>A topic has no event after that one, and none that would be replayed.</summary>
    internal bool HasNothing(string topic, long after, int replay) =>
        _topics.TryGetValue(topic, out var log) ? log.LastSequence <= after && (replay == 0 || !log.HasEvents) : _forgottenSequence <= after;

    /// <summary>A cursor that publishers may wait for has moved.</summary>
    internal void OnAdvanced()
    {
        Interlocked.MemoryBarrier(); // The cursor is seen by a publisher that is about to wait, or the publisher is seen here.
        if (Volatile.Read(ref _room) is null) return;
        lock (Gate) WakePublishers();
    }

    private void WakePublishers()
    {
        _room?.SetResult();
        _room = null;
    }

    /// <summary>After which sequence a subscription begins; null where that is not there any more.</summary>
    internal long? StartAfter(string? lastEventId)
    {
        if (string.IsNullOrEmpty(lastEventId)) return _sequence;
        return Streaming.EventId.TryParse(lastEventId, out var epoch, out var sequence) && epoch.SequenceEqual(_epoch) && (sequence <= _sequence || _isCopy) ? sequence : null;
    }

    /// <summary>All of an event but its id, which it gets when it is appended.</summary>
    private PooledBuffer Encode(T data, ref string? type, string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        EventStreamFormat.CheckField(type, nameof(type));
        using var content = PooledBuffer.Rent();
        var ownType = _encoder.Encode(data, content);
        type ??= ownType;
        if (type == GapEvent.Type) throw new ArgumentException("\"gap\" tells subscribers that events are missing.", nameof(type));
        var rest = PooledBuffer.Rent();
        EventStreamFormat.WriteRest(rest, type, retry: null, content.Span);
        if (rest.Span.Length + LongestId + Frames.Overhead(rest.Span.Length + LongestId) <= _options.MaxBytes) return rest;
        rest.Dispose();
        throw new ArgumentException($"The event has {content.Span.Length} bytes, and the log keeps {_options.MaxBytes}.", nameof(data));
    }

    /// <summary>The sequence of the event, or null when <paramref name="room"/> has to be waited for.</summary>
    private long? TryAppend(ReadOnlySpan<byte> rest, T data, string? type, string? key, string topic, out Task room)
    {
        Span<byte> id = stackalloc byte[LongestId];
        Shard<T>[] shards;
        long sequence;
        lock (Gate)
        {
            if (_isCompleted) throw new InvalidOperationException("The broadcast is completed.");
            var log = TopicOf(topic);
            id = id[..WriteId(id, _sequence + 1)];
            if (!TryMakeRoom(log, id.Length + rest.Length, out room)) return null;
            sequence = ++_sequence;
            log.Append(id, rest, sequence, data, type, key);
            log.LastUse = Environment.TickCount64;
            shards = log.Shards;
        }
        foreach (var shard in shards) shard.Schedule();
        return sequence;
    }

    private bool TryMakeRoom(TopicLog<T> log, int size, out Task room)
    {
        room = Task.CompletedTask;
        size += Frames.Overhead(size);
        if (log.TryMakeRoom(size)) return true;
        var waiting = _room ?? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _room, waiting);
        Interlocked.MemoryBarrier(); // See OnAdvanced.
        if (log.TryMakeRoom(size)) return true;
        room = waiting.Task;
        return false;
    }

    private int WriteId(Span<byte> line, long sequence)
    {
        "id: "u8.CopyTo(line);
        var length = 4 + Encoding.ASCII.GetBytes(_epoch, line[4..]);
        line[length++] = (byte)'-';
        Utf8Formatter.TryFormat(sequence, line[length..], out var digits);
        length += digits;
        line[length++] = (byte)'\n';
        return length;
    }

    private void BeginEpoch(string epoch, long sequence)
    {
        var isFirst = _sequence == 0 && sequence == 1; // Nothing can be missing.
        foreach (var log in _topics.Values)
        {
            log.ForgetAll();
            log.ForgottenSequence = 0;
        }
        _epoch = epoch;
        _forgottenSequence = 0;
        if (!isFirst) AppendGaps(sequence - 1, missed: null);
    }

    /// <summary>Events that other topics have may be missing in each: who follows it is told, in its place.</summary>
    private void AppendGaps(long lastMissing, long? missed)
    {
        _hasHoles = true;
        _forgottenSequence = lastMissing;
        Span<byte> id = stackalloc byte[LongestId];
        id = id[..WriteId(id, lastMissing)];
        using var rest = PooledBuffer.Rent();
        GapEvent.WriteRest(rest, missed);
        foreach (var log in _topics.Values)
        {
            var size = id.Length + rest.Span.Length;
            if (!log.TryMakeRoom(size + Frames.Overhead(size))) log.ForgetAll();
            log.Append(id, rest.Span, lastMissing, default!, GapEvent.Type, key: null);
            foreach (var shard in log.Shards) shard.Schedule();
        }
    }

    private void RemoveIdleTopic(ReadOnlySpan<string> needed)
    {
        TopicLog<T>? idle = null;
        foreach (var log in _topics.Values)
            if (log.Followers == 0 && log.LastUse < (idle?.LastUse ?? long.MaxValue) && !needed.Contains(log.Name)) idle = log;
        if (idle is null)
            throw new InvalidOperationException($"There are {_options.MaxTopics} topics, and all are followed.");
        _forgottenSequence = Math.Max(_forgottenSequence, idle.LastSequence);
        _topics.Remove(idle.Name);
    }
}
