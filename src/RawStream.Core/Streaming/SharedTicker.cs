using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace RawStream.Streaming;

/// <summary>
/// Ticks as <see cref="Ticker"/> has them, but from timers that all streams of one period share: at 10 000 streams a tenth to a third of the processor
/// time of a timer each, and half a kilobyte less. Streams that begin at different times tick at different times: a period has up to 16 phases, each with one timer.
/// </summary>
internal sealed class SharedTicker
{
    private const int MostPhases = 16;

    private static readonly TimeSpan ShortestPhase = TimeSpan.FromMilliseconds(10);
    private static readonly ConditionalWeakTable<TimeProvider, Dictionary<TimeSpan, SharedTicker>> Tickers = [];

    private readonly TimeProvider _time;
    private readonly TimeSpan _period;
    private readonly long _origin;
    private readonly Phase[] _phases;

    private SharedTicker(TimeProvider time, TimeSpan period)
    {
        _time = time;
        _period = period;
        _origin = time.GetTimestamp();
        _phases = new Phase[Math.Clamp((int)Math.Min(period / ShortestPhase, MostPhases), 1, MostPhases)];
        for (var i = 0; i < _phases.Length; i++) _phases[i] = new Phase(time, period);
    }

    /// <summary>The ticks of one stream, until its client leaves.</summary>
    public static IAsyncEnumerable<DateTimeOffset> Every(TimeSpan period, TimeProvider time, Request request) => new Ticks(Of(period, time), request);

    /// <summary>The one of this period. It stays: programs have few periods.</summary>
    private static SharedTicker Of(TimeSpan period, TimeProvider time)
    {
        Ticker.CheckPeriod(period);
        var tickers = Tickers.GetOrCreateValue(time);
        lock (tickers)
        {
            if (!tickers.TryGetValue(period, out var ticker)) tickers[period] = ticker = new SharedTicker(time, period);
            return ticker;
        }
    }

    /// <summary>Joins the phase that has ticked last: its next tick is almost a whole period away.</summary>
    private Phase Join(Waiter waiter)
    {
        var length = _period / _phases.Length;
        var elapsed = TimeSpan.FromTicks(_time.GetElapsedTime(_origin).Ticks % _period.Ticks);
        var index = Math.Min((int)(elapsed / length), _phases.Length - 1);
        _phases[index].Add(waiter, _period - (elapsed - index * length));
        return _phases[index];
    }

    /// <summary>Streams that tick at the same time. Each knows its place, and whoever is last takes the place of one that leaves.</summary>
    private sealed class Phase(TimeProvider time, TimeSpan period)
    {
        private readonly Lock _gate = new();
        private Waiter?[] _places = new Waiter?[4];
        private int _count;
        private int _tick;
        private ITimer? _timer;

        public void Add(Waiter waiter, TimeSpan due)
        {
            lock (_gate)
            {
                if (_count == _places.Length) Array.Resize(ref _places, _count * 2);
                waiter.LastTick = _tick;
                waiter.Place = _count;
                _places[_count++] = waiter;
                _timer ??= time.CreateTimer(static phase => ((Phase)phase!).Tick(), this, due, period);
            }
        }

        public void Remove(Waiter waiter)
        {
            lock (_gate)
            {
                if (waiter.Place < 0) return;
                var last = _places[--_count]!;
                last.Place = waiter.Place;
                _places[last.Place] = last;
                _places[_count] = null;
                waiter.Place = -1;
                if (_count > 0) return;
                _timer?.Dispose();
                _timer = null;
                _places = new Waiter?[4];
            }
        }

        /// <summary>From the last place to the first: who moves to a place in front has had this tick.</summary>
        private void Tick()
        {
            int tick, place;
            lock (_gate)
            {
                tick = ++_tick;
                place = _count;
            }
            while (--place >= 0) Next(place, tick)?.Tick();
        }

        private Waiter? Next(int place, int tick)
        {
            lock (_gate)
            {
                if (place >= _count || _places[place] is not { } waiter || waiter.LastTick == tick) return null;
                waiter.LastTick = tick;
                return waiter;
            }
        }
    }

    private sealed class Ticks(SharedTicker ticker, Request request) : IAsyncEnumerable<DateTimeOffset>
    {
        public IAsyncEnumerator<DateTimeOffset> GetAsyncEnumerator(CancellationToken cancellationToken) => new Waiter(ticker, request);
    }

    /// <summary>One stream. A tick that it is late for is kept for it, and no more than that one.</summary>
    private sealed class Waiter : IAsyncEnumerator<DateTimeOffset>, IValueTaskSource<bool>, IAbortListener
    {
        private const int Busy = 0, Waiting = 1, Ticked = 2, Ended = 3;

        private readonly Request _request;
        private readonly TimeProvider _time;
        private readonly Phase _phase;
        private ManualResetValueTaskSourceCore<bool> _source;
        private int _state;

        public Waiter(SharedTicker ticker, Request request)
        {
            _request = request;
            _time = ticker._time;
            _phase = ticker.Join(this);
            request.ListenForAbort(this);
        }

        /// <summary>Only for its phase.</summary>
        public int Place { get; set; }

        /// <summary>Only for its phase.</summary>
        public int LastTick { get; set; }

        public IAbortListener? Next { get; set; }

        public DateTimeOffset Current => _time.GetUtcNow();

        public ValueTask<bool> MoveNextAsync()
        {
            if (Interlocked.CompareExchange(ref _state, Busy, Ticked) == Ticked) return new ValueTask<bool>(true);
            _source.Reset();
            return Interlocked.CompareExchange(ref _state, Waiting, Busy) switch
            {
                Busy => new ValueTask<bool>(this, _source.Version),
                Ended => new ValueTask<bool>(false),
                _ => MoveNextAsync(), // It has just ticked.
            };
        }

        public void Tick()
        {
            if (Interlocked.CompareExchange(ref _state, Busy, Waiting) == Waiting) _source.SetResult(true);
            else Interlocked.CompareExchange(ref _state, Ticked, Busy);
        }

        /// <summary>Ticks are timers, which go before all else in the thread pool: very many of them would keep it from ending any.</summary>
        public void OnToldToEnd() => _phase.Remove(this);

        public void OnAborted()
        {
            _phase.Remove(this);
            if (Interlocked.Exchange(ref _state, Ended) == Waiting) _source.SetResult(false);
        }

        public ValueTask DisposeAsync()
        {
            _request.StopListening(this);
            OnAborted();
            return default;
        }

        public bool GetResult(short token) => _source.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _source.OnCompleted(continuation, state, token, flags);
    }
}
