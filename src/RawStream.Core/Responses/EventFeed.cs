using System.Threading.Tasks.Sources;
using RawStream.Coding;
using RawStream.Http1;
using RawStream.Streaming;
using RawStream.Transport;

namespace RawStream.Responses;

/// <summary>
/// Sends a subscription down one response, straight from the log to the socket, on the thread of whoever has news for it. Nobody waits: while the socket is full, what is
/// left of one event stands in the connection's buffer, and the rest stays in the log. There is one sender at a time.
/// </summary>
internal sealed class EventFeed<T>(Subscription<T> subscription, ResponseWriter response, EventStreamOptions options, GzipMember? member)
    : ISubscriber<T>, IIdleStream, IAbortListener, IThreadPoolWorkItem, IValueTaskSource
{
    private const int Idle = 0, Sending = 1, SendingAgain = 2, Ended = 3;

    private static readonly LogBatch<T> Heartbeat = new(Frames.Of(EventStreamFormat.Heartbeat.Span), null, 0, 0);

    private readonly ResponseBody _body = response.Content;
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private IdleClock _idle = new(options.Heartbeat);
    private int _role = Sending; // Until the head is sent.
    private volatile bool _stopped;     // Nothing more is sent.
    private volatile bool _isWhole;     // All was sent that there is, and will be.
    private volatile bool _isHeartbeatDue;
    private volatile bool _isCut;       // The connection is about to be reset, and tells when it is.
    private bool _saidFarewell;         // To be touched with the sender's role.

    IAbortListener? IAbortListener.Next { get; set; }

    public StreamHealth? Health => _body.Health;

    /// <summary>The subscription is open from here to the end of <see cref="RunAsync"/>.</summary>
    public void Open() => subscription.Open(this);

    /// <summary>Sends until the client leaves, or the events end.</summary>
    public ValueTask RunAsync(Request request)
    {
        response.IdleStream = this;
        response.PreferStopPolicy(StopPolicy.Now);
        request.ListenForAbort(this);
        var none = default(LogBatch<T>);
        Send(ref none);
        return new ValueTask(this, _source.Version);
    }

    public void Signal(ref LogBatch<T> shared)
    {
        if (TryTakeRole()) Send(ref shared);
        else if (subscription.MustBeCut && !_stopped) Cut();
    }

    public void OnAborted()
    {
        if (response.IsToldToEnd)
        {
            subscription.End();
            return;
        }
        _stopped = true;
        Wake();
    }

    void IIdleStream.Beat(long now)
    {
        if (!_idle.IsDue(now)) return;
        _isHeartbeatDue = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    bool IIdleStream.Stop()
    {
        subscription.End();
        return true;
    }

    void IThreadPoolWorkItem.Execute() => Wake();

    void IValueTaskSource.GetResult(short token)
    {
        response.IdleStream = null;
        subscription.Close();
        if (_isWhole && member is not null)
        {
            member.WriteEnd(_body.GetSpan(GzipMember.EndLength));
            _body.Advance(GzipMember.EndLength);
        }
        _source.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Wake()
    {
        var none = default(LogBatch<T>);
        Signal(ref none);
    }

    /// <summary>To be called with the sender's role, which it gives up when it has sent all, and keeps when the stream has ended.</summary>
    private void Send(ref LogBatch<T> shared)
    {
        do
        {
            if (!TrySendAll(ref shared)) return;
        }
        while (!TryGiveUpRole());
    }

    /// <summary>
    /// Sends what there is; what is published meanwhile comes with a signal of its own. (To send until there is nothing more would keep the thread from the others of
    /// the shard.) False: somebody else goes on with it, or the stream has ended.
    /// </summary>
    private bool TrySendAll(ref LogBatch<T> shared)
    {
        while (!_stopped)
        {
            if (_isCut) return true;
            var last = subscription.IsEnding;
            if (subscription.IsCaughtUp && (last || !_isHeartbeatDue))
            {
                if (!last) return true;
                _isWhole = _saidFarewell || !response.IsStopping || options.StopRetry is null;
                if (_isWhole) break;
            }
            var batch = Next(ref shared, last);
            if (response.EndsAfterFlush && !subscription.IsCaughtUp) response.EndNow();
            if (!_body.IsChunked) batch = Unframed(batch);
            else if (member is not null) batch = Coded(batch, member, ref shared);
            if (subscription.IsTooSlow) Cut();
            if (batch.IsEmpty) continue;
            _isHeartbeatDue = false;
            _idle.Reset();

            var sent = _body.SendFrames(batch.Bytes.Span);
            if (sent == batch.Bytes.Length)
            {
                Complete(batch, batch.To);
                if (batch.HasAll && !last) return true;
                continue;
            }
            if (sent == Connection.Lost)
            {
                batch.Own?.Dispose();
                break;
            }
            var rest = QueueRestAsync(batch, Math.Max(sent, 0));
            if (rest.IsCompleted) continue;
            rest.GetAwaiter().UnsafeOnCompleted(() =>
            {
                var none = default(LogBatch<T>);
                Send(ref none);
            });
            return false;
        }
        _stopped = true;
        Volatile.Write(ref _role, Ended);
        _source.SetResult(true);
        return false;
    }

    private LogBatch<T> Next(ref LogBatch<T> shared, bool isEnding)
    {
        if (subscription.IsCaughtUp) return isEnding && response.IsStopping ? Farewell() : Heartbeat;
        if (!subscription.CanTake(shared))
        {
            var read = subscription.Read();
            if (!read.IsShared) return read;
            shared = read;
        }
        return shared;
    }

    /// <summary>When the client is to come back.</summary>
    private LogBatch<T> Farewell()
    {
        _saidFarewell = true;
        using var farewell = PooledBuffer.Rent();
        options.WriteFarewell(farewell);
        return new LogBatch<T>(Frames.Of(farewell.Span), null, 0, 0);
    }

    /// <summary>For an HTTP/1.0 client, who knows no chunks.</summary>
    private LogBatch<T> Unframed(LogBatch<T> batch)
    {
        if (batch.IsEmpty) return batch;
        var buffer = PooledBuffer.Rent();
        Frames.Strip(batch.Bytes.Span, buffer);
        Complete(batch, batch.To);
        return LogBatch<T>.Of(buffer, batch.HasAll);
    }

    /// <summary>For a client that takes gzip: what others get, too, if it has had what that refers to.</summary>
    private static LogBatch<T> Coded(LogBatch<T> batch, GzipMember member, ref LogBatch<T> shared)
    {
        if (batch.IsEmpty) return batch;
        if (!batch.IsShared) return Stored(batch, member);
        var coded = batch.Coded ?? batch.Segment!.Encode(batch, member.Coding);
        shared = batch with { Coded = coded };
        return member.CanTake(coded) ? shared with { Bytes = coded.Bytes } : StoredToStart(shared, coded);
    }

    /// <summary>Bytes that nobody else gets.</summary>
    private static LogBatch<T> Stored(LogBatch<T> batch, GzipMember member)
    {
        var buffer = PooledBuffer.Rent();
        for (var frames = batch.Bytes.Span; !frames.IsEmpty;)
        {
            frames = frames[GzipMember.StoreNext(frames, buffer, out var content)..];
            member.AddOwn(content);
        }
        batch.Own?.Dispose();
        return LogBatch<T>.Of(buffer, batch.HasAll);
    }

    /// <summary>The events in front of the next one that refers to nothing before it.</summary>
    private static LogBatch<T> StoredToStart(LogBatch<T> batch, CodedBatch coded)
    {
        var buffer = PooledBuffer.Rent();
        var frames = batch.Bytes.Span;
        for (var i = coded.From; i < coded.FirstStart; i++) frames = frames[GzipMember.StoreNext(frames, buffer, out _)..];
        var count = coded.FirstStart - coded.From;
        return batch with
        {
            Bytes = buffer.Memory, To = batch.From + count, HasAll = batch.HasAll && frames.IsEmpty, Own = buffer, Coded = coded.Segment.First(coded, count),
        };
    }

    private void Complete(in LogBatch<T> batch, long to)
    {
        if (batch.IsShared)
        {
            subscription.Advance(batch with { To = to });
            member?.Add(batch.Coded!, isStored: batch.Own is not null);
        }
        batch.Own?.Dispose();
    }

    /// <summary>What cannot be left to the log: the end of the event that was sent in part, or the next one, so that the socket tells when it has room.</summary>
    private Task QueueRestAsync(in LogBatch<T> batch, int sent)
    {
        var end = batch.Bytes.Length;
        var count = 0;
        if (batch.IsShared) end = Frames.EndOfCurrent(batch.Bytes.Span, sent, out count);
        var queued = _body.QueueFramesAsync(batch.Bytes[sent..end]);
        if (batch.IsShared)
        {
            subscription.Advance(batch with { To = batch.From + count });
            member?.Add(batch.Coded!.Segment.First(batch.Coded, count), isStored: batch.Own is not null);
        }
        return WaitAsync(queued, batch.Own);
    }

    /// <summary>A client may be stalled for long: what waits for it here holds no segment of the log.</summary>
    private async Task WaitAsync(ValueTask queued, PooledBuffer? own)
    {
        try
        {
            await queued;
        }
        catch (OperationCanceledException)
        {
            _stopped = true; // The client is gone.
        }
        finally
        {
            own?.Dispose();
        }
    }

    /// <summary>Nothing more is sent: without the last chunk a client can tell that the stream is not whole.</summary>
    private void Cut()
    {
        if (Interlocked.Exchange(ref _isCut, true)) return;
        _body.Cut("the subscriber was too slow");
    }

    private bool TryTakeRole()
    {
        while (true)
        {
            switch (Volatile.Read(ref _role))
            {
                case Idle:
                    if (Interlocked.CompareExchange(ref _role, Sending, Idle) == Idle) return true;
                    break;
                case Sending:
                    if (Interlocked.CompareExchange(ref _role, SendingAgain, Sending) == Sending) return false;
                    break;
                default:
                    return false;
            }
        }
    }

    /// <summary>False when there was a signal meanwhile: then it is kept.</summary>
    private bool TryGiveUpRole()
    {
        if (Interlocked.CompareExchange(ref _role, Idle, Sending) == Sending) return true;
        Volatile.Write(ref _role, Sending);
        return false;
    }
}
