using System.Collections.Concurrent;

namespace RawStream.Transport.Epoll;

/// <summary>What a loop watches.</summary>
internal interface IEpollSource
{
    /// <summary>Its descriptor.</summary>
    int Number { get; }

    /// <summary>Tells it from others that have had the same descriptor: see <see cref="EpollLoop.NextGeneration"/>.</summary>
    uint Generation { get; }

    /// <summary>Called on the loop's thread.</summary>
    void OnEvents(EpollEvents events);

    /// <summary>What it was called for holds up the loop.</summary>
    void OnBlocking(TimeSpan time);
}

/// <summary>
/// One thread that waits for very many descriptors, <c>epoll(7)</c>, and does what is to be done for each. It goes round: it waits, calls those that are ready, and
/// does what was queued meanwhile. Nothing that it calls may block; when something does, another thread takes over where it was, and it ends when it comes back.
/// </summary>
internal sealed class EpollLoop
{
    /// <summary>From whoever holds up a loop for longer another thread takes it over, in milliseconds.</summary>
    public const int LongestTurn = 1000;

    private const int Add = 1, Delete = 2; // EPOLL_CTL_
    private const int MaxReady = 512;
    private const ulong WakeTag = ulong.MaxValue;

    private static uint lastGeneration;

    private readonly string _name;
    private readonly int _epoll = LinuxSystem.CreateEpoll();
    private readonly int _wakeNumber;
    private Descriptor _wake;
    private readonly uint[] _ready = new uint[MaxReady * EpollReady.Words];
    private int _readyCount, _readyNext; // Whoever takes over goes on there.
    private readonly ConcurrentQueue<(IEpollSource Source, IThreadPoolWorkItem Work)> _queue = new();
    private readonly Lock _gate = new();
    private IEpollSource?[] _sources = new IEpollSource?[64]; // By descriptor. A larger one takes its place: the loop reads it without the gate.
    private int _connections;
    private volatile bool _stopping;
    private int _isWaiting;

    // What the loop is at. A turn is an odd number while it lasts; who makes it even, the loop at its end or the watchdog meanwhile, owns what comes next.
    private IEpollSource? _current;
    private long _turn;
    private long _seenTurn, _seenAt;

    public EpollLoop(int number)
    {
        _name = $"RawStream loop {number}";
        _wakeNumber = LinuxSystem.CreateEvent();
        _wake = new Descriptor(_wakeNumber);
        LinuxSystem.EpollControl(_epoll, Add, _wakeNumber, EpollEvents.In, WakeTag);
        Start();
    }

    /// <summary>How many connections it serves.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public static uint NextGeneration() => Interlocked.Increment(ref lastGeneration);

    /// <summary>A connection is about to be watched. As long as there are any, the loop goes on.</summary>
    public void OnOpened() => Interlocked.Increment(ref _connections);

    /// <summary>A connection is closed. What is still queued for it has nothing to do any more.</summary>
    public void OnClosed()
    {
        if (Interlocked.Decrement(ref _connections) == 0 && _stopping) Wake();
    }

    /// <summary>Tells a source of events from now on; false when the system has no room for one more.</summary>
    public bool TryWatch(IEpollSource source, EpollEvents events)
    {
        lock (_gate)
        {
            if (source.Number >= _sources.Length)
            {
                var larger = new IEpollSource?[Math.Max(_sources.Length * 2, source.Number + 1)];
                _sources.CopyTo(larger, 0);
                Volatile.Write(ref _sources, larger);
            }
            _sources[source.Number] = source;
        }
        return LinuxSystem.EpollControl(_epoll, Add, source.Number, events, (uint)source.Number | ((ulong)source.Generation << 32)) >= 0;
    }

    /// <summary>Forgets a source, whose descriptor is about to be closed, or to rest.</summary>
    public void Unwatch(IEpollSource source, bool isAboutToClose)
    {
        lock (_gate)
        {
            if (source.Number < _sources.Length && _sources[source.Number] == source) _sources[source.Number] = null;
        }
        if (!isAboutToClose) LinuxSystem.EpollControl(_epoll, Delete, source.Number, EpollEvents.None, 0);
    }

    /// <summary>Has something done in the loop's next round.</summary>
    public void Queue(IEpollSource source, IThreadPoolWorkItem work)
    {
        _queue.Enqueue((source, work));
        Interlocked.MemoryBarrier(); // Either the loop sees the work before it waits, or it is seen here that it waits.
        if (Volatile.Read(ref _isWaiting) == 1 && Interlocked.Exchange(ref _isWaiting, 0) == 1) Wake();
    }

    /// <summary>Ends the loop once it has no connection any more.</summary>
    public void Stop()
    {
        _stopping = true;
        Wake();
    }

    /// <summary>Called a few times a second: when the loop has been at one thing for too long, that is told, and a new thread does the rest.</summary>
    public void CheckTurn(long now)
    {
        var turn = Volatile.Read(ref _turn);
        if (turn != _seenTurn || !IsUnderWay(turn))
        {
            (_seenTurn, _seenAt) = (turn, now);
            return;
        }
        if (now - _seenAt < LongestTurn) return;
        var current = _current;
        if (!TryEnd(turn)) return; // After all.
        Start();
        current!.OnBlocking(TimeSpan.FromMilliseconds(now - _seenAt));
    }

    private void Start() => new Thread(Run) { IsBackground = true, Name = _name }.Start();

    private void Run()
    {
        while (!_stopping || Connections > 0 || !_queue.IsEmpty)
        {
            if (_readyNext == _readyCount) Wait();
            while (_readyNext < _readyCount)
            {
                var (events, tag) = EpollReady.Read(_ready, _readyNext++);
                if (tag == WakeTag)
                {
                    LinuxSystem.ResetEvent(_wakeNumber);
                }
                else if (Find(tag) is { } source)
                {
                    var turn = Begin(source);
                    source.OnEvents(events);
                    if (!TryEnd(turn)) return;
                }
            }
            // What is queued from here on is for the next round: others are ready meanwhile.
            for (var left = _queue.Count; left > 0 && _queue.TryDequeue(out var next); left--)
            {
                var turn = Begin(next.Source);
                next.Work.Execute();
                if (!TryEnd(turn)) return;
            }
            _current = null;
        }
        Volatile.Write(ref _isWaiting, 1);
        _wake.Close();
        LinuxSystem.Close(_epoll);
    }

    private void Wait()
    {
        Volatile.Write(ref _isWaiting, 1);
        Interlocked.MemoryBarrier(); // See Queue.
        _readyCount = LinuxSystem.EpollWait(_epoll, _ready, _queue.IsEmpty ? -1 : 0);
        _readyNext = 0;
        Volatile.Write(ref _isWaiting, 0);
    }

    private long Begin(IEpollSource source)
    {
        _current = source;
        var turn = _turn + 1;
        Volatile.Write(ref _turn, turn);
        return turn;
    }

    /// <summary>False when the loop is another thread's by now.</summary>
    private bool TryEnd(long turn) => Interlocked.CompareExchange(ref _turn, turn + 1, turn) == turn;

    private static bool IsUnderWay(long turn) => (turn & 1) != 0;

    /// <summary>Null for one that was closed after the kernel had told of it.</summary>
    private IEpollSource? Find(ulong tag)
    {
        var source = Volatile.Read(ref _sources)[(uint)tag];
        return source?.Generation == (uint)(tag >> 32) ? source : null;
    }

    private void Wake()
    {
        if (!_wake.TryUse(out var number)) return; // The loop has ended.
        LinuxSystem.SetEvent(number);
        _wake.Done();
    }
}
