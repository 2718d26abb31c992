using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using RawStream.Diagnostics;
using RawStream.Transport;

namespace RawStream.Http1;

/// <summary>
/// Speaks HTTP/1.1 over one connection (RFC 9112): head, framing, handler, end of the response, and again. Requests are answered one
/// after the other, in their order; what is ready leaves in one send when the input runs dry.
/// </summary>
internal sealed class Http1Connection : IConnectionObserver, IThreadPoolWorkItem
{
    private readonly Connection _connection;
    private readonly ServerContext _server;
    private readonly long _id;

    private readonly RequestHead _head = new();
    private readonly RequestBody _requestBody;
    private readonly ResponseBody _responseBody;
    private readonly Request _request;
    private readonly ResponseWriter _response;
    private RequestHeadParser _parser;
    private MessageFraming _framing;
    private bool _keepsAlive;
    private bool _expectsContinue;

    private volatile Phase _phase;
    private long _phaseStarted;
    private volatile bool _timedOut;
    private volatile bool _stopping;
    private StopFate _fate; // Of the response that is under way while the server stops.
    private Ending? _ending; // Null while it goes on.

    public Http1Connection(Connection connection, ServerContext server, long id)
    {
        _connection = connection;
        _server = server;
        _id = id;
        _parser = new RequestHeadParser(server.Limits);
        _requestBody = new RequestBody(connection.Input, server);
        _responseBody = new ResponseBody(connection.Output, server.Date);
        _request = new Request(connection, _head, _requestBody);
        _response = new ResponseWriter(_responseBody, _request, server.Timeouts);
        _phase = connection.IsSecure ? Phase.Opening : Phase.Idle; // It may wait long for a thread before it starts.
        _phaseStarted = server.Heartbeat.Now;
        connection.Observe(this);
    }

    private ConnectionReader Input => _connection.Input;

    private ConnectionWriter Output => _connection.Output;

    /// <summary>Where it stands among all connections: only <see cref="ConnectionSet"/> uses it.</summary>
    public int Place { get; set; }

    /// <summary>Serves until either side has had enough.</summary>
    public void Start() => _ = RunAsync();

    void IThreadPoolWorkItem.Execute() => Start();

    /// <summary>
    /// It does not throw. While a handler runs this is the only state machine: what comes before and after it has its own, and thousands of streams
    /// do not hold that.
    /// </summary>
    private async Task RunAsync()
    {
        try
        {
            while (await ReadHeadAsync())
            {
                Begin();
                bool isWhole;
                try
                {
                    await StartHandler();
                    _responseBody.End();
                    isWhole = true;
                }
                catch (Exception e)
                {
                    isWhole = await AnswerFailureAsync(e);
                }
                EndHandler();
                _ending = EndingAfter(isWhole);
                if (_ending is null) await MakeWayAsync();
            }
            await EndAsync();
        }
        catch (OperationCanceledException)
        {
            // The client is gone while we were sending; there is nobody left to tell.
        }
        catch (Exception e)
        {
            Log.ConnectionFailed(_server.Logger, e, _id);
            _ending = Ending.Reset;
        }
        _connection.Close(_ending == Ending.Reset);
        Output.Complete();
        Input.Complete();
        _server.Admission.Leave(_connection);
        _server.Stops.Count(_fate.Take());
        _server.Connections.Remove(this);
    }

    /// <summary>The peer has hung up: whoever works for it may stop.</summary>
    public void OnHangUp() => Abort();

    /// <summary>The server stops: idle connections end now, the others after their response, which ends by its policy. To be called twice.</summary>
    public void Stop()
    {
        if (!_stopping)
        {
            _stopping = true;
            _responseBody.CloseAfter();
            if (_phase is Phase.Head or Phase.Handler || (_phase == Phase.Drain && !Output.IsIdle)) _fate.Raise(StopOutcome.Finished);
            if (_phase == Phase.Opening) Cut();
            _response.Stop();
        }
        if (_phase == Phase.Idle) Input.CancelPendingRead();
    }

    /// <summary>The server cannot wait any longer: handlers are told to end, and nobody waits for what a client may still say.</summary>
    public void StopHandler()
    {
        if (_phase == Phase.Handler)
        {
            _fate.Raise(StopOutcome.Aborted);
            _request.TellToEnd();
        }
        else if (_phase == Phase.Linger) GiveUp();
        else if (_phase == Phase.Head) StopByForce();
    }

    /// <summary>The server has waited for long enough.</summary>
    public void StopByForce()
    {
        Cut();
        if (_fate.Take() != StopOutcome.None) _server.Stops.Count(StopOutcome.Cut);
    }

    /// <summary>The connection is cut, whatever it is doing.</summary>
    public void Cut() => OnPool(static connection =>
    {
        connection._connection.Close(reset: true);
        connection.Output.Fail();
        connection.Input.CancelPendingRead();
    });

    /// <summary>The connection is cut, for a reason that somebody should see.</summary>
    public void Cut(string reason)
    {
        Log.ConnectionCut(_server.Logger, _id, reason);
        Cut();
    }

    public void OnBlocking(TimeSpan time) => Log.LoopBlocked(_server.Logger, _id, _request.Describe(), (long)time.TotalMilliseconds);

    /// <summary>Called by the server's timer, a few times a second.</summary>
    public void CheckDeadlines(long now)
    {
        if (_connection.FindLoss(now, _response.WriteTimeoutMilliseconds, _response.LeastBytesPerSecond, _server.Timeouts.VanishedPeer) is { } reason)
        {
            Cut(reason);
        }
        else if (_phase == Phase.Handler)
        {
            if (_requestBody.IsTooSlow(now)) GiveUp();
            _response.IdleStream?.Beat(now);
        }
        else if (now - Volatile.Read(ref _phaseStarted) > PhaseTimeout(_server.Timeouts))
        {
            _timedOut = true;
            if (_phase == Phase.Opening) Cut("the TLS handshake took too long");
            else GiveUp();
        }
    }

    private void GiveUp() => OnPool(static connection => connection._requestBody.GiveUp());

    /// <summary>What it wakes runs on, and may block: neither the timer nor whoever stops the server waits for that.</summary>
    private void OnPool(Action<Http1Connection> action) => ThreadPool.UnsafeQueueUserWorkItem(action, this, preferLocal: false);

    private double PhaseTimeout(HttpTimeouts timeouts)
    {
        var timeout = _phase switch
        {
            Phase.Opening => timeouts.Handshake,
            Phase.Idle => timeouts.KeepAlive,
            Phase.Head => timeouts.Head,
            Phase.Linger => timeouts.Linger,
            _ => Timeout.InfiniteTimeSpan, // A write that stalls has its own.
        };
        return timeout == Timeout.InfiniteTimeSpan ? double.PositiveInfinity : timeout.TotalMilliseconds;
    }

    /// <summary>True when there is a request to answer; false when the connection ends, and <see cref="_ending"/> says how.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadHeadAsync()
    {
        if (_ending is not null) return false;
        if (_phase == Phase.Opening && !await OpenAsync()) return false;
        Enter(Phase.Idle);
        if (_stopping) return End(Ending.Close);
        RejectionReason rejection;
        while (true)
        {
            if (!Input.TryRead(out var read))
            {
                await Output.FlushNowAsync();
                read = await Input.ReadAsync();
            }
            if (TryTakeHead(read, out rejection)) break;
            if (rejection == RejectionReason.None && _timedOut) rejection = RejectionReason.HeadTooSlow;
            if (rejection == RejectionReason.None && read.IsCompleted) rejection = RejectionReason.IncompleteHead;
            if (_phase == Phase.Idle && (rejection != RejectionReason.None || _stopping)) return End(Ending.Close);
            if (rejection != RejectionReason.None) break;
        }
        return rejection == RejectionReason.None || End(Refuse(rejection));
    }

    /// <summary>The handshake, where there is one.</summary>
    private async ValueTask<bool> OpenAsync()
    {
        var opening = await _connection.OpenAsync(_server.Heartbeat.Now);
        return opening == Opening.Done || End(opening == Opening.NotSecure ? Refuse(RejectionReason.NotSecure) : Ending.Close);
    }

    private bool End(Ending ending)
    {
        _ending = ending;
        return false;
    }

    private ValueTask StartHandler()
    {
        Output.Mark();
        if (_server.ExecutionContext is { } context) ExecutionContext.Restore(context);
        var handler = _server.Handler(_request, _response);
        if (!handler.IsCompleted)
        {
            Output.FlushMarked();
            Input.Watch();
        }
        return handler;
    }

    /// <summary>For the next request: what is left of this one goes, and so do responses that pile up.</summary>
    private ValueTask MakeWayAsync()
    {
        if (!_requestBody.IsConsumed) return SkipBodyAsync();
        return Output.UnflushedBytes >= _server.Limits.ResponseBufferBytes ? Output.FlushNowAsync() : default;
    }

    private async ValueTask EndAsync()
    {
        Enter(Phase.Drain);
        await _connection.DrainAsync();
        if (_ending == Ending.Linger) await LingerAsync();
        if (_ending != Ending.Reset) await CloseBothAsync();
    }

    /// <summary>
    /// Parses on. True when a whole head was taken from the input, or cannot be: then <paramref name="rejection"/> says why.
    /// </summary>
    private bool TryTakeHead(ReadResult read, out RejectionReason rejection)
    {
        var buffer = read.Buffer;
        var status = _parser.Parse(buffer.FirstSpan, _head, out var length, out rejection);
        if (status == OperationStatus.NeedMoreData)
        {
            if (_phase == Phase.Idle && _parser.HasBegun) Enter(Phase.Head);
            Input.AdvanceTo(buffer.Start, buffer.End);
            return false;
        }
        Input.AdvanceTo(buffer.GetPosition(length));
        _parser.Reset();
        if (status == OperationStatus.Done) rejection = CheckHead();
        return true;
    }

    /// <summary>All that is decided over the finished head, in this order.</summary>
    private RejectionReason CheckHead()
    {
        _keepsAlive = Persistence.IsKept(_head);
        var rejection = HostField.Check(_head);
        if (rejection == RejectionReason.None) rejection = MessageFraming.Of(_head, out _framing);
        if (rejection == RejectionReason.None) rejection = Expectation.Read(_head, out _expectsContinue);
        return rejection;
    }

    private void Begin()
    {
        Enter(Phase.Handler);
        var hasInterim = _expectsContinue && _framing.Kind != BodyLength.None;
        _requestBody.Begin(_framing, hasInterim ? _responseBody.SendContinueAsync : null);
        _responseBody.Begin(_response, _head, _requestBody, _keepsAlive && !_stopping);
        _response.Begin();
        _request.Begin(_framing);
        if (_stopping) _fate.Raise(StopOutcome.Finished);
        _server.Metrics.HandlerStarted();
    }

    private HandlerOutcome Judge(Exception e)
    {
        if (e is not OperationCanceledException) return HandlerOutcome.Failed;
        if (_responseBody.IsHeadOnly) return HandlerOutcome.Done; // Its head is all of it.
        return _connection.HasHungUp || _stopping ? HandlerOutcome.Abandoned : HandlerOutcome.Failed;
    }

    /// <summary>Logs what is not the client's fault, and answers where nothing was sent yet. True when the client has a whole response.</summary>
    private async ValueTask<bool> AnswerFailureAsync(Exception e)
    {
        var outcome = Judge(e);
        if (outcome == HandlerOutcome.Abandoned && _response.IsEndedByStop && _responseBody.CanEnd)
        {
            _responseBody.End();
            return true;
        }
        if (outcome != HandlerOutcome.Failed) return outcome == HandlerOutcome.Done;
        var badRequest = e as BadRequestException;
        if (badRequest is null) Log.HandlerFailed(_server.Logger, e, _request.Method, _request.Target);
        else Log.RequestRefused(_server.Logger, _id, badRequest.Reason.ToString(), badRequest.Status);

        var answer = AskErrorHook(e);
        if (_responseBody.HasStarted) return false;
        _responseBody.Discard();
        _response.BeginAgain();
        if (badRequest is not null) _responseBody.CloseAfter();
        if (answer is null && badRequest is not null && badRequest.Reason != RejectionReason.None) answer = RejectionResponse.Of(badRequest.Reason);
        answer ??= badRequest is null ? Response.Text("Internal Server Error\n", 500) : Response.Text(badRequest.Message + "\n", badRequest.Status);
        try
        {
            await answer.WriteAsync(_request, _response);
            _responseBody.End();
            return true;
        }
        catch (Exception again)
        {
            outcome = Judge(again);
            if (outcome == HandlerOutcome.Failed) Log.ErrorHookFailed(_server.Logger, again, _request.Method, _request.Target);
            return outcome == HandlerOutcome.Done;
        }
    }

    private Response? AskErrorHook(Exception e)
    {
        try
        {
            return _server.OnError?.Invoke(_request, e);
        }
        catch (Exception again)
        {
            Log.ErrorHookFailed(_server.Logger, again, _request.Method, _request.Target);
            return null;
        }
    }

    private void EndHandler()
    {
        if (_response.IsEndedByPolicy) _fate.Raise(StopOutcome.Ended);
        _request.End();
        _response.End();
        _responseBody.Close();
        _requestBody.End();
        Input.EndHandler();
        _server.Metrics.HandlerEnded();
    }

    /// <summary>Null: the connection goes on.</summary>
    private Ending? EndingAfter(bool isWhole)
    {
        if (Output.IsLost) return Ending.Reset;
        if (Input.HasPendingRead)
        {
            Log.ReadLeftPending(_server.Logger, _id);
            return Ending.Reset;
        }
        // Without its end the client can tell that the response is not whole (RFC 9112 §8); where the end is only told by closing, a RST says it.
        if (!isWhole) return _responseBody.EndsByClosing ? Ending.Reset : Ending.Linger;
        return _responseBody.Closes || _requestBody.EndsConnection || _stopping ? Ending.Linger : null;
    }

    private async ValueTask SkipBodyAsync()
    {
        await Output.FlushNowAsync(); // The client may wait for its answer before it sends the rest.
        Enter(Phase.Linger);
        try
        {
            if (!await _requestBody.SkipRestAsync(_server.Limits.UnreadBodyBytes)) _ending = Ending.Linger;
        }
        catch (BadRequestException e)
        {
            Log.RequestRefused(_server.Logger, _id, e.Reason.ToString(), e.Status); // It has its answer already.
            _ending = Ending.Linger;
        }
    }

    /// <summary>Answers a request that could not be read; the connection cannot go on after it.</summary>
    private Ending Refuse(RejectionReason reason)
    {
        Log.RequestRefused(_server.Logger, _id, reason.ToString(), Rejection.Of(reason).Status);
        _responseBody.BeginRefusal(_response, _head.IsHead);
        _response.Begin();
        RejectionResponse.Write(_responseBody, reason);
        _response.End();
        return Ending.Linger;
    }

    /// <summary>
    /// Sends FIN, and reads on until the client has closed, or has had time enough to see our last response. To close
    /// at once would reset a client that still sends, and it might never see the answer (RFC 9112 §9.6).
    /// </summary>
    private async Task LingerAsync()
    {
        Enter(Phase.Linger);
        _connection.CloseSending();
        await Input.SkipAsync(_server.Limits.LingerBytes);
    }

    /// <summary>The receive that may still be pending completes by this; to close the connection over it would be a RST.</summary>
    private async Task CloseBothAsync()
    {
        _connection.CloseBoth();
        await Input.SkipAsync(_server.Limits.LingerBytes);
    }

    private void Enter(Phase phase)
    {
        Volatile.Write(ref _phaseStarted, _server.Heartbeat.Now);
        _timedOut = false;
        _phase = phase;
    }

    private void Abort()
    {
        try
        {
            _request.Abort();
        }
        catch (AggregateException e)
        {
            Log.AbortCallbackFailed(_server.Logger, e, _id); // A handler's own registration has thrown.
        }
    }
}
