using System.Text;
using RawStream.Load.Compare;

namespace RawStream.Load.Report;

/// <summary>A table for a terminal: a line a peer; a figure's median, its spread, and its ratio to Kestrel's best form.</summary>
internal static class TextTable
{
    private const int NameWidth = 16;
    private const int FigureWidth = 24;

    public static string Of(CaseResult result)
    {
        var text = new StringBuilder($"{result.Title}\n");
        text.Append("".PadRight(NameWidth));
        foreach (var figure in result.Figures) text.Append(figure.Name.PadLeft(FigureWidth));
        text.Append("   dropped\n");
        foreach (var peer in result.Peers) text.Append(Line(result, peer)).Append('\n');
        return text.ToString();
    }

    /// <summary>Which runs were dropped and why; empty if none was.</summary>
    public static string Dropped(PeerResult peer) => string.Join("; ", peer.Dropped.GroupBy(reason => reason).Select(group => $"{group.Count()}: {group.Key}"));

    private static string Line(CaseResult result, PeerResult peer)
    {
        var cells = result.Figures.Select((_, i) =>
        {
            var spread = peer.Runs.Count > 1 ? Cell.Percent(Statistics.Spread(Statistics.Values(peer, i))) : "";
            return $"{Cell.Number(Statistics.Median(peer, i)),9}{spread,6}{Cell.Ratio(Statistics.Ratio(result, peer, i)),8}".PadLeft(FigureWidth);
        });
        return $"{peer.Peer.PadRight(NameWidth)}{string.Concat(cells)}   {Dropped(peer)}".TrimEnd();
    }
}
