using RawStream.Bench.Quick;

namespace RawStream.Bench.FanOut;

/// <summary>A line of the table. Without a best value it is an observation, and gets no ratio.</summary>
internal sealed record Figure(string Title, Func<IEnumerable<double>, double>? Best);

/// <summary>The values of one run, a value a figure; and whether events arrived merged, several in a chunk.</summary>
internal sealed record Sample(double[] Values, bool IsMerged = false);

/// <summary>What is done to a server in a run, and the figures that come of it.</summary>
internal sealed record FanOutMeasure(string Name, Figure[] Figures, Func<ServerProcess, Sample> Run)
{
    public static readonly string[] Names = [Burst.Name, SingleEvent.Name, IdleMemory.Name, SlowNeighbours.Name];

    /// <summary>False if it starts a server of its own.</summary>
    public bool NeedsWarmUp { get; init; } = true;

    public int MaxRuns { get; init; } = int.MaxValue;

    public static FanOutMeasure[] All(int[] subscribers) =>
    [
        .. subscribers.Select(Burst.With),
        .. subscribers.Select(SingleEvent.With),
        IdleMemory.With(subscribers.Max()),
        .. subscribers.SelectMany(SlowNeighbours.With),
    ];
}
