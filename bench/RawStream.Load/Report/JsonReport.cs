using System.Text.Json;
using RawStream.Load.Compare;

namespace RawStream.Load.Report;

/// <summary>All runs, for other programs. A figure that is none is null.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Of(DateTime date, IReadOnlyList<CaseResult> results) =>
        JsonSerializer.Serialize(new { Date = date, Tables = results.Select(Table) }, Format);

    private static object Table(CaseResult result) => new
    {
        result.Measure,
        result.Title,
        Peers = result.Peers.Select(peer => new
        {
            peer.Peer,
            Figures = result.Figures.Select((figure, i) => new
            {
                figure.Name,
                Median = Finite(Statistics.Median(peer, i)),
                Spread = Finite(Statistics.Spread(Statistics.Values(peer, i))),
                RatioToBestKestrel = Finite(Statistics.Ratio(result, peer, i)),
                Runs = peer.Runs.Select(run => Finite(run[i])),
            }),
            peer.Dropped,
        }),
    };

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
