using RawStream.Load.Compare;
using RawStream.Load.Peers;

namespace RawStream.Load.Report;

/// <summary>What becomes of runs: their median, how far they lie apart, and how a peer's median compares.</summary>
internal static class Statistics
{
    /// <summary>NaN of none.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Half the way from the least to the most, as a share of the median.</summary>
    public static double Spread(IReadOnlyList<double> values)
    {
        var (median, half) = (Median(values), values.Count == 0 ? double.NaN : (values.Max() - values.Min()) / 2);
        return half == 0 ? 0 : half / Math.Abs(median);
    }

    public static double[] Values(PeerResult peer, int figure) =>
        [.. peer.Runs.Select(run => run[figure]).Where(value => !double.IsNaN(value))];

    public static double Median(PeerResult peer, int figure) => Median(Values(peer, figure));

    /// <summary>
    /// The best median of Kestrel's forms that did what the table is about; NaN if the figure is an observation, or Kestrel was not
    /// measured.
    /// </summary>
    public static double BestKestrel(CaseResult result, int figure)
    {
        var medians = result.Peers.Where(peer => PeerList.IsKestrel(peer.Peer) && peer.Runs.All(result.Table.IsComparable))
            .Select(peer => Median(peer, figure)).Where(double.IsFinite).ToArray();
        return medians.Length == 0 ? double.NaN : result.Figures[figure].Better switch
        {
            Better.More => medians.Max(),
            Better.Less => medians.Min(),
            _ => double.NaN,
        };
    }

    public static double Ratio(CaseResult result, PeerResult peer, int figure) => Median(peer, figure) / BestKestrel(result, figure);
}
