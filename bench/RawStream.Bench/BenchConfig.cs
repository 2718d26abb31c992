using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using Perfolizer.Horology;

namespace RawStream.Bench;

/// <summary>Pure computation: short iterations, the overhead of the loop taken off.</summary>
internal sealed class ParserConfig : ManualConfig
{
    public ParserConfig()
    {
        AddDiagnoser(MemoryDiagnoser.Default);
        AddJob(Job.Default
            .WithWarmupCount(4)
            .WithIterationCount(5)
            .WithIterationTime(TimeInterval.FromMilliseconds(250)));
        HideColumns("Error", "RatioSD", "Alloc Ratio", "Gen0", "Gen1");
    }
}

/// <summary>
/// Client and server in one process, over loopback. One invocation is thousands of operations, so it is neither unrolled nor
/// corrected for overhead. "Allocated" counts every thread of the process.
/// </summary>
internal class LoopbackConfig : ManualConfig
{
    public LoopbackConfig()
    {
        AddDiagnoser(MemoryDiagnoser.Default);
        AddJob(Job.Default
            .WithUnrollFactor(1)
            .WithEvaluateOverhead(false)
            .WithWarmupCount(3)
            .WithIterationCount(5)
            .WithIterationTime(TimeInterval.FromMilliseconds(300)));
        HideColumns("Error", "RatioSD", "Alloc Ratio", "Gen0", "Gen1");
    }
}
