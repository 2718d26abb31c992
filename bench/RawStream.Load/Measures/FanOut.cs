using RawStream.Load.Compare;

namespace RawStream.Load.Measures;

/// <summary>One publisher, very many subscribers.</summary>
internal static class FanOut
{
    private const int Few = 1000;

    public static IEnumerable<Case> Cases(Scale scale) =>
    [
        Burst.With(Few),
        .. scale.Many > 2 * Few ? [Burst.With(scale.Many)] : Array.Empty<Case>(),
        SingleEvent.With(Few),
        .. SlowNeighbours.With(Few),
    ];
}
