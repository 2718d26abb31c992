using System.Globalization;
using System.Text;
using RawStream.Fuzz.Peers;
using RawStream.Tests.Support;

namespace RawStream.Tests.Machine;

/// <summary>
/// One connection, a peer, a clock and handlers that do what a seed says, in any order: the peer sends a part, takes a part, ends, or is gone; time goes on; handlers write,
/// wait and fail; the server stops. What has come
/// of it is compared with what the handlers have done.
/// </summary>
internal sealed class ConnectionMachine : IAsyncDisposable
{
    private const int StepsMax = 40;
    private const int RequestsMax = 4;

    private readonly Random _random;
    private readonly int _seed;
    private readonly bool _isHealthy;
    private readonly ManualTime _time = new();
    private readonly FaultLog _log = new();
    private readonly HttpServer _server;
    private readonly ScriptedConnection _connection = new(4096, 4096);
    private readonly List<HandlerRun> _runs = [];
    private readonly byte[] _requests;
    private readonly int _requestCount;
    private int _sent;
    private bool _mayAbort; // The peer has left or is slow, or the server stops.
    private bool _isSlow;

    /// <param name="seed">Those that are divisible by three are of healthy streams: the peer takes all at once, sends whole requests, and stays.</param>
    public ConnectionMachine(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        _isHealthy = seed % 3 == 0;
        _requestCount = _random.Next(1, RequestsMax + 1);
        _requests = MakeRequests();
        var timeouts = new HttpTimeouts { Head = TimeSpan.FromSeconds(10), KeepAlive = TimeSpan.FromSeconds(20), Write = TimeSpan.FromSeconds(5) };
        _server = new HttpServer(new HttpServerOptions { Port = 0, LoggerFactory = _log, TimeProvider = _time, Timeouts = timeouts });
        _server.Map("/{*path}", HandleAsync);
    }

    /// <summary>What does not hold; null: all does.</summary>
    public async Task<string?> RunAsync()
    {
        _server.Serve(_connection);
        if (_isHealthy) await SendToTheEndAsync();
        else
            for (var left = _random.Next(StepsMax); left > 0; left--) await StepAsync();
        var fault = _isHealthy ? await WaitForAllAsync() : null;
        return fault ?? FindEarlyAbort() ?? await EndAsync() ?? FindFault();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true)).Within();
        await _server.DisposeAsync();
    }

    private ValueTask HandleAsync(Request request, ResponseWriter response)
    {
        HandlerRun run;
        lock (_runs) _runs.Add(run = new HandlerRun(_seed, _runs.Count, _time));
        return run.RunAsync(request, response);
    }

    private HandlerRun[] Runs
    {
        get
        {
            lock (_runs) return [.. _runs];
        }
    }

    private byte[] MakeRequests()
    {
        var requests = new MemoryStream();
        for (var i = 0; i < _requestCount; i++)
        {
            var length = _random.Next(3) == 0 ? _random.Next(6000) : _random.Next(40);
            var expect = _random.Next(5) == 0 ? "Expect: 100-continue\r\n" : "";
            var kind = _random.Next(i == _requestCount - 1 ? 4 : 3);
            Write(kind switch
            {
                0 => "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
                1 => string.Create(CultureInfo.InvariantCulture, $"POST / HTTP/1.1\r\nHost: h\r\n{expect}Content-Length: {length}\r\n\r\n"),
                2 => $"POST / HTTP/1.1\r\nHost: h\r\n{expect}Transfer-Encoding: chunked\r\n\r\n",
                _ => "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n",
            });
            if (kind == 1) requests.Write(HandlerRun.Content(0, length));
            if (kind == 2) WriteChunks(length);
        }
        return requests.ToArray();

        void Write(string text) => requests.Write(Encoding.ASCII.GetBytes(text));

        void WriteChunks(int length)
        {
            for (var at = 0; at < length;)
            {
                var size = Math.Min(_random.Next(1, 2000), length - at);
                Write(string.Create(CultureInfo.InvariantCulture, $"{size:x}\r\n"));
                requests.Write(HandlerRun.Content(at, size));
                Write("\r\n");
                at += size;
            }
            Write("0\r\n\r\n");
        }
    }

    private async Task StepAsync()
    {
        switch (_random.Next(20))
        {
            case < 7:
                var count = Math.Min(_random.Next(2) == 0 ? _random.Next(1, 30) : _random.Next(1, 5000), _requests.Length - _sent);
                _connection.Arrive(_requests.AsSpan(_sent, count));
                _sent += count;
                break;
            case < 11:
                _connection.Step();
                break;
            case < 14:
                foreach (var run in Runs) run.OpenGate();
                break;
            case < 16:
                await AdvanceAsync(_random.Next(4) == 0 ? 8 : _random.NextDouble());
                break;
            case 16:
                _isSlow = _mayAbort = true;
                var most = _random.Next(200);
                _connection.Appetite = offered => Math.Min(offered, most);
                break;
            case 17:
                _connection.Appetite = offered => offered;
                break;
            case 18 when _random.Next(8) == 0:
                _mayAbort = true;
                if (_random.Next(2) == 0) _connection.Finish();
                else _connection.Abort();
                break;
            case 19 when _random.Next(10) == 0:
                _mayAbort = true;
                _ = _server.StopAsync();
                break;
        }
    }

    private async Task SendToTheEndAsync()
    {
        _connection.Arrive(_requests);
        _sent = _requests.Length;
        for (var left = _random.Next(StepsMax); left > 0; left--)
        {
            while (_connection.Step())
            {
                // The peer takes all.
            }
            if (_random.Next(2) == 0) await AdvanceAsync(_random.NextDouble() * 8);
            else foreach (var run in Runs) run.OpenGate();
        }
    }

    /// <summary>A healthy stream comes to its end, and nobody ends it before.</summary>
    private async Task<string?> WaitForAllAsync()
    {
        var deadline = Deadline();
        while (Environment.TickCount64 < deadline)
        {
            foreach (var run in Runs) run.OpenGate(forGood: true);
            while (_connection.Step())
            {
                // The peer takes all.
            }
            if (_server.Metrics.RunningHandlers == 0 && (IsOver || Runs.Length == _requestCount)) break;
            await AdvanceAsync(0.3);
        }
        if (_server.Metrics.RunningHandlers > 0) return "a handler does not end";
        if (_connection.WasReset && !Array.Exists(Runs, run => run.End == HandlerEnd.Threw)) return "a healthy connection was reset";
        return await WaitForResponsesAsync(deadline);
    }

    /// <summary>A response does not wait for what the peer does next, nor for the clock.</summary>
    private async Task<string?> WaitForResponsesAsync(long deadline)
    {
        while (true)
        {
            while (_connection.Step())
            {
                // The peer takes all.
            }
            if (FindMissing() is not { } missing) return null;
            if (Environment.TickCount64 > deadline) return $"the peer waits: {missing}";
            await PoolTurnAsync();
        }
    }

    private string? FindEarlyAbort() => !_mayAbort && Array.Exists(Runs, run => run.Aborts > 0) ? "Aborted has fired, and nobody has left" : null;

    /// <summary>A handler that has yielded goes on when the machine has time for it: how often the clock is moved until then means nothing.</summary>
    private static long Deadline() => Environment.TickCount64 + (long)Patience.Limit.TotalMilliseconds;

    private bool IsOver => _connection.HasFinished || _connection.Closes > 0;

    private async Task AdvanceAsync(double seconds)
    {
        _mayAbort |= _isSlow;
        _time.AdvanceSeconds(seconds);
        await PoolTurnAsync(); // What the timer has queued comes first.
    }

    private static Task PoolTurnAsync()
    {
        var turn = new TaskCompletionSource();
        ThreadPool.UnsafeQueueUserWorkItem(static turn => turn.SetResult(), turn, preferLocal: false);
        return turn.Task;
    }

    private async Task<string?> EndAsync()
    {
        _connection.Appetite = offered => offered;
        _connection.Finish();
        var deadline = Deadline();
        while (_server.Metrics.OpenConnections > 0 && Environment.TickCount64 < deadline)
        {
            foreach (var run in Runs) run.OpenGate(forGood: true);
            while (_connection.Step())
            {
                // The peer takes what there is.
            }
            if (_server.Metrics.OpenConnections > 0) await AdvanceAsync(0.5);
        }
        if (_server.Metrics.OpenConnections > 0) return "the connection does not end";
        return _server.Metrics.RunningHandlers == 0 ? null : $"{_server.Metrics.RunningHandlers} handlers run on";
    }

    private string? FindFault()
    {
        if (_log.Fault is { } logged) return $"logged: {logged}";
        if (_connection.Closes == 0) return "the connection was not closed";
        var runs = Runs;
        foreach (var run in runs)
        {
            if (run.Fault is not null) return run.Fault;
            if (run.Ends != 1) return $"a handler has ended {run.Ends} times";
            if (run.Aborts > 1) return "Aborted has fired twice";
        }
        List<ReceivedResponse> responses;
        try
        {
            responses = ReceivedResponse.ReadAll(_connection.Sent.Span);
        }
        catch (FormatException e)
        {
            return e.Message;
        }
        var refusals = _isHealthy ? 0 : 1; // Of a head that was not whole.
        if (responses.Count > runs.Length + refusals) return $"{runs.Length} handlers and {responses.Count} responses";
        for (var i = 0; i < responses.Count; i++)
            if (FindFault(responses[i], i < runs.Length ? runs[i] : null, isLast: i == responses.Count - 1) is { } fault)
                return $"response {i}: {fault}";
        return null;
    }

    private static string? FindFault(ReceivedResponse response, HandlerRun? run, bool isLast)
    {
        if (!response.IsWhole && !isLast) return "it is not whole, and not the last";
        if (run is null) return response.Status is 0 or 400 or 408 ? null : $"a {response.Status} without a handler";
        if (response.Status is not (200 or 101)) return run.End == HandlerEnd.Returned && response.Status != 0 ? $"a {response.Status} of a handler that has returned" : null;
        if (response.Status == 101 != run.IsUpgraded) return "an upgrade";
        if (!response.Body.AsSpan().SequenceEqual(HandlerRun.Content(0, response.Body.Length))) return "its bytes are not those that were written";
        if (response.Body.Length > run.Offered) return $"{response.Body.Length} bytes, and {run.Offered} were written";
        if (response.Status == 101 || !response.IsWhole) return null;
        if (run.End != HandlerEnd.Returned) return $"it is whole, and its handler has {run.End}";
        return response.Body.Length == run.Offered ? null : $"it is whole, with {response.Body.Length} of {run.Offered} bytes";
    }

    /// <summary>Who is healthy gets all of what each handler has written that has returned.</summary>
    private string? FindMissing()
    {
        List<ReceivedResponse> responses;
        try
        {
            responses = ReceivedResponse.ReadAll(_connection.Sent.Span);
        }
        catch (FormatException e)
        {
            return e.Message;
        }
        var runs = Runs;
        for (var i = 0; i < runs.Length; i++)
        {
            if (runs[i].End != HandlerEnd.Returned) continue;
            if (i >= responses.Count) return $"no response of handler {i}";
            if (responses[i].Body.Length != runs[i].Offered) return $"response {i} has {responses[i].Body.Length} of {runs[i].Offered} bytes";
            if (!responses[i].IsWhole) return $"response {i} has all of its {runs[i].Offered} bytes, and is not whole: its end is missing";
        }
        return null;
    }
}
