namespace RawStream.Bench.Quick;

/// <summary>The lines of a report: a column a peer, and last the ratio of the library's best form to Kestrel's best form.</summary>
internal static class Table
{
    public const string Ratio = "RawStream/Kestrel";

    public static string Row(string title, IEnumerable<string> cells) =>
        $"{title,-30}{string.Concat(cells.Select(cell => $"{cell,18}"))}";

    /// <summary>The median, and how far the runs lie apart.</summary>
    public static string Describe(double[] runs)
    {
        var median = Median(runs);
        return $"{median:G4} ±{(runs.Max() - runs.Min()) / 2 / median * 100,2:F0}%";
    }

    /// <summary>The ratio as text; empty if one of the two was not measured.</summary>
    public static string DescribeRatio(string[] peers, double[] medians, Func<IEnumerable<double>, double> best)
    {
        var ratio = Best("rawstream") / Best("kestrel");
        return double.IsNaN(ratio) ? "" : $"{ratio:F2}";

        double Best(string family)
        {
            var members = medians.Where((_, i) => peers[i].StartsWith(family, StringComparison.Ordinal)).ToArray();
            return members.Length > 0 ? best(members) : double.NaN;
        }
    }

    public static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
