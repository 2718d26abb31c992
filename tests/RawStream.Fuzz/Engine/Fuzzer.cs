using System.Diagnostics;

namespace RawStream.Fuzz.Engine;

/// <summary>Runs one target with input after input, until its time or number is over or something does not hold.</summary>
internal sealed class Fuzzer
{
    private const int PoolMax = 4000;
    private const int PoolGrowthMax = 2000;
    private const long AllocatedMax = 64 * 1024 * 1024;
    private const long GrowthMax = 96 * 1024 * 1024;
    private const int MemoryEvery = 100_000;

    private readonly FuzzTarget _target;
    private readonly Mutator _mutator;
    private readonly List<byte[]> _pool;
    private readonly HashSet<int> _outcomes = [];
    private readonly int _seed;
    private long _memoryAtStart = -1;

    public Fuzzer(FuzzTarget target, int seed)
    {
        _target = target;
        _seed = seed;
        _mutator = new Mutator(new Random(seed), target.Tokens);
        _pool = [.. target.ReadCorpus(), []];
    }

    public long Executions { get; private set; }

    /// <summary>How many different things came of them.</summary>
    public int Outcomes => _outcomes.Count;

    public TimeSpan Elapsed { get; private set; }

    /// <summary>Its own inputs, each as it is.</summary>
    public Finding? Replay()
    {
        foreach (var input in _pool.ToArray())
            if (Try(input) is { } finding)
                return finding;
        return null;
    }

    public Finding? Run(TimeSpan time, long most)
    {
        var clock = Stopwatch.StartNew();
        var finding = Replay();
        while (finding is null && Executions < most && clock.Elapsed < time) finding = Try(_mutator.Next(_pool));
        Elapsed = clock.Elapsed;
        return finding;
    }

    /// <summary>Whether it goes wrong in the same way still.</summary>
    public static string? Fails(FuzzTarget target, byte[] input)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Watchdog.Begin(target, input);
            target.Run(input);
        }
        catch (Exception e)
        {
            return e.ToString();
        }
        finally
        {
            Watchdog.End();
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return allocated > AllocatedMax ? $"It allocates more than {AllocatedMax >> 20} MiB." : null;
    }

    private Finding? Try(byte[] input)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Watchdog.Begin(_target, input);
            var outcome = _target.Run(input);
            Executions++;
            if (_outcomes.Add(outcome)) Keep(input);
        }
        catch (Exception e)
        {
            return Finding.Minimal(_target, _seed, input, e.ToString());
        }
        finally
        {
            Watchdog.End();
        }
        if (GC.GetAllocatedBytesForCurrentThread() - allocated > AllocatedMax) return Finding.Minimal(_target, _seed, input, $"It allocates more than {AllocatedMax >> 20} MiB.");
        return Executions % MemoryEvery == 0 && GrowthOfMemory() > GrowthMax ? new Finding(_target.Name, _seed, input, $"Memory has grown by more than {GrowthMax >> 20} MiB.")
            : null;
    }

    private void Keep(byte[] input)
    {
        if (_pool.Count < PoolMax && _outcomes.Count < PoolGrowthMax) _pool.Add(input);
    }

    private long GrowthOfMemory()
    {
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        if (_memoryAtStart < 0) _memoryAtStart = memory;
        return memory - _memoryAtStart;
    }
}
