using BenchmarkDotNet.Attributes;

namespace RawStream.Bench;

/// <summary>
/// One tick of a thousand streams of one period, each of which waits for the next one: timers of their own, or shared. The clock is made to tick by hand; what the
/// framework's timer queue costs for each timer comes on top.
/// </summary>
[Config(typeof(ParserConfig))]
public class Ticks
{
    private const int Streams = 1000;

    private readonly HandClock _clock = new();
    private readonly List<Stream> _clients = [];
    private HttpServer _server = null!;
    private int _ticked;

    [Params(false, true)]
    public bool Shared { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _server = new HttpServer(0);
        _server.Map("GET /", async (request, _) =>
        {
            var period = TimeSpan.FromHours(1);
            var ticks = Shared ? request.Every(period, _clock) : Ticker.Every(period, _clock, request.Aborted);
            await foreach (var now in ticks) _ticked++;
        });
        for (var i = 0; i < Streams; i++)
        {
            var client = _server.Connect();
            client.Write("GET / HTTP/1.1\r\nHost: bench\r\n\r\n"u8);
            _clients.Add(client);
        }
        if (Tick() != Streams) throw new InvalidOperationException("Some streams have not ticked.");
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Benchmark(OperationsPerInvoke = Streams)]
    public int Tick()
    {
        _ticked = 0;
        _clock.Tick();
        return _ticked;
    }

    /// <summary>All its timers fire at once, when they are told to.</summary>
    private sealed class HandClock : TimeProvider
    {
        private readonly List<HandTimer> _timers = [];

        public void Tick()
        {
            foreach (var timer in _timers) timer.Fire();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new HandTimer(callback, state);
            lock (_timers) _timers.Add(timer);
            return timer;
        }

        private sealed class HandTimer(TimerCallback callback, object? state) : ITimer
        {
            public void Fire() => callback(state);

            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }
}
