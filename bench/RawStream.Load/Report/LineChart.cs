using System.Globalization;
using RawStream.Load.Compare;
using RawStream.Load.Measures;

namespace RawStream.Load.Report;

/// <summary>What a tick costs by the number of streams, a line a peer; both axes grow tenfold a step.</summary>
internal static class LineChart
{
    private const int Width = 860;
    private const int Height = 480;
    private const int Left = 70;
    private const int Right = 690;
    private const int Top = 40;
    private const int Bottom = 430;
    private const int LineHeight = 18;

    public static string Of(CaseResult[] results)
    {
        var points = results.SelectMany(result => result.Peers.Select(peer => (
            peer.Peer,
            Streams: double.Parse(result.Title[TickCost.Title.Length..], CultureInfo.InvariantCulture),
            Cost: Statistics.Median(peer, 0)))).Where(point => point.Cost > 0).ToArray();
        var svg = new Svg(Width);
        svg.Text(10, 22, $"{TickCost.Title.TrimEnd(' ', ':')}: {results[0].Figures[0].Name}", isTitle: true);
        if (points.Length == 0) return svg.ToText(Height);

        var across = new Axis(points.Min(point => point.Streams), points.Max(point => point.Streams), Left, Right);
        var up = new Axis(points.Min(point => point.Cost), points.Max(point => point.Cost), Bottom, Top);
        DrawGrid(svg, across, up);
        foreach (var (i, line) in points.GroupBy(point => point.Peer).Index())
        {
            svg.Line(line.Select(point => (across.Place(point.Streams), up.Place(point.Cost))), Svg.Colour(i));
            svg.Rectangle(Right + 14, Top + LineHeight * i, 12, 12, Svg.Colour(i));
            svg.Text(Right + 32, Top + LineHeight * i + 10, line.Key);
        }
        return svg.ToText(Height);
    }

    private static void DrawGrid(Svg svg, Axis across, Axis up)
    {
        foreach (var streams in across.Steps)
        {
            svg.Line([(across.Place(streams), Top), (across.Place(streams), Bottom)], "#dddddd", 1);
            svg.Text(across.Place(streams), Bottom + LineHeight, Plain(streams), "middle");
        }
        foreach (var cost in up.Steps)
        {
            svg.Line([(Left, up.Place(cost)), (Right, up.Place(cost))], "#dddddd", 1);
            svg.Text(Left - 6, up.Place(cost) + 4, Plain(cost), "end");
        }
        svg.Text((Left + Right) / 2.0, Bottom + 2 * LineHeight, "streams", "middle");
    }

    private static string Plain(double power) => power.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>From a power of ten to a power of ten.</summary>
    private sealed class Axis(double least, double most, double from, double to)
    {
        private readonly int _first = (int)Math.Floor(Math.Log10(least));
        private readonly int _last = Math.Max((int)Math.Ceiling(Math.Log10(most)), (int)Math.Floor(Math.Log10(least)) + 1);

        public IEnumerable<double> Steps => Enumerable.Range(_first, _last - _first + 1).Select(power => Math.Pow(10, power));

        public double Place(double value) => from + (to - from) * (Math.Log10(value) - _first) / (_last - _first);
    }
}
