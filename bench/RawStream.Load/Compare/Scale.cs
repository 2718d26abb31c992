namespace RawStream.Load.Compare;

/// <summary>How long and how large the measures are.</summary>
internal sealed record Scale
{
    public int Runs { get; init; } = 5;

    /// <summary>A run of a load that goes as fast as it can.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromMilliseconds(500);

    // The runtime compiles what runs often anew, and a .NET server reaches its speed only when that is done: after two to four seconds.
    public TimeSpan WarmUpAtLeast { get; init; } = TimeSpan.FromSeconds(3);

    public TimeSpan WarmUpAtMost { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>How long ticks are watched, in their periods of a second.</summary>
    public int Ticks { get; init; } = 10;

    /// <summary>How long memory rests before it is looked at.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The most streams and subscribers.</summary>
    public int Many { get; init; } = 10_000;

    /// <summary>Numbers of streams for the cost of a tick.</summary>
    public int[] Streams { get; init; } = [1, 10, 100, 1000, 10_000, 50_000];

    /// <summary>Whether to count system calls, with strace.</summary>
    public bool CountsSystemCalls { get; init; }

    /// <summary>To see that all works; its figures are rough.</summary>
    public static Scale Quick { get; } = new()
    {
        Runs = 1,
        Time = TimeSpan.FromMilliseconds(200),
        WarmUpAtLeast = TimeSpan.FromMilliseconds(500),
        WarmUpAtMost = TimeSpan.FromSeconds(1.5),
        Ticks = 3,
        Rest = TimeSpan.FromSeconds(1),
        Many = 2000,
        Streams = [1, 100, 1000],
    };
}
