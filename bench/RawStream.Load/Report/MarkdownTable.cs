using System.Text;
using RawStream.Load.Compare;

namespace RawStream.Load.Report;

/// <summary>The same for a page: median, spread and ratio have columns of their own.</summary>
internal static class MarkdownTable
{
    public static string Of(CaseResult result)
    {
        var text = new StringBuilder($"### {result.Title}\n\n| |");
        foreach (var figure in result.Figures)
        {
            text.Append($" {figure.Name} | spread |");
            if (figure.Better != Better.Neither) text.Append(" to Kestrel |");
        }
        text.Append(" runs | dropped |\n|---|").Append(string.Concat(Enumerable.Repeat("---:|", Columns(result)))).Append("---:|---|\n");
        foreach (var peer in result.Peers) text.Append(Line(result, peer));
        return text.Append('\n').ToString();
    }

    private static int Columns(CaseResult result) => result.Figures.Sum(figure => figure.Better == Better.Neither ? 2 : 3);

    private static string Line(CaseResult result, PeerResult peer)
    {
        var text = new StringBuilder($"| {peer.Peer} |");
        for (var i = 0; i < result.Figures.Length; i++)
        {
            text.Append($" {Cell.Number(Statistics.Median(peer, i))} | {Cell.Percent(Statistics.Spread(Statistics.Values(peer, i)))} |");
            if (result.Figures[i].Better != Better.Neither) text.Append($" {Cell.Ratio(Statistics.Ratio(result, peer, i))} |");
        }
        return text.Append($" {peer.Runs.Count} | {TextTable.Dropped(peer).Replace("|", "\\|", StringComparison.Ordinal).Replace('\n', ' ')} |\n").ToString();
    }
}
