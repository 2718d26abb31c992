using RawStream.Load.Compare;

namespace RawStream.Load.Report;

/// <summary>One figure of each table, a bar a peer.</summary>
internal static class BarChart
{
    private const int Width = 860;
    private const int BarStart = 150;
    private const int BarEnd = 760;
    private const int BarHeight = 16;
    private const int Gap = 26;

    public static string Of(IReadOnlyList<CaseResult> results)
    {
        var svg = new Svg(Width);
        var names = results.SelectMany(result => result.Peers).Select(peer => peer.Peer).Distinct().ToList();
        double y = Gap;
        foreach (var result in results) y = Draw(svg, result, names, y);
        return svg.ToText(y);
    }

    private static double Draw(Svg svg, CaseResult result, List<string> names, double y)
    {
        var figure = result.Figures[result.Table.Charted];
        var better = figure.Better == Better.Less ? " (less is better)" : "";
        svg.Text(10, y, $"{result.Title}: {figure.Name}{better}", isTitle: true);
        y += 10;
        var bars = result.Peers
            .Select(peer => (peer.Peer, Median: Statistics.Median(peer, result.Table.Charted)))
            .Where(bar => double.IsFinite(bar.Median))
            .ToArray();
        foreach (var (peer, median) in bars)
        {
            var length = Math.Max(1, (BarEnd - BarStart) * Math.Max(0, median) / Math.Max(double.Epsilon, bars.Max(bar => bar.Median)));
            svg.Text(BarStart - 6, y + BarHeight - 4, peer, "end");
            svg.Rectangle(BarStart, y, length, BarHeight - 2, Svg.Colour(names.IndexOf(peer)));
            svg.Text(BarStart + length + 6, y + BarHeight - 4, Cell.Number(median));
            y += BarHeight;
        }
        return y + Gap;
    }
}
