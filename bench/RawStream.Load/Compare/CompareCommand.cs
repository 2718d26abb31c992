using RawStream.Load.Client;
using RawStream.Load.Measures;
using RawStream.Load.Peers;
using RawStream.Load.Report;

namespace RawStream.Load.Compare;

/// <summary>The peers side by side: each in its own process, all in the same minutes. Ratios are worth more than the figures.</summary>
internal static class CompareCommand
{
    public static int Run(CompareOptions options)
    {
        var measures = MeasureList.All.Where(measure => options.Only.Length == 0 || options.Only.Contains(measure.Name)).ToList();
        Progress.Note(Processor.Arrangement);
        Processor.PinLoad();

        var peers = options.Peers.Where(CanStart).ToArray();
        var results = new List<CaseResult>();
        foreach (var measure in measures)
            foreach (var result in Take(measure, [.. peers.Where(peer => peer.Serves.HasFlag(measure.Needs))], options.Scale))
            {
                results.Add(result);
                Progress.Clear();
                Console.WriteLine(TextTable.Of(result));
            }
        if (results.Count > 0) Console.WriteLine($"also in {ReportFiles.Write(options.Out, results)}");
        return results.Count > 0 ? 0 : 1;
    }

    private static IEnumerable<CaseResult> Take(Measure measure, Peer[] peers, Scale scale)
    {
        if (peers.Length == 0) yield break;
        var contestants = peers.Select(peer => new Contestant(peer)).ToArray();
        try
        {
            foreach (var table in measure.Cases(scale)) yield return new Interleaved(measure, table, scale).Run(contestants);
        }
        finally
        {
            foreach (var contestant in contestants) contestant.Dispose();
        }
    }

    private static bool CanStart(Peer peer)
    {
        Progress.Show($"looking for {peer.Name}");
        try
        {
            ServerProcess.Start(peer).Dispose();
            return true;
        }
        catch (PeerMissingException e)
        {
            Progress.Note($"{peer.Name} is left out: {e.Message}");
            return false;
        }
    }
}
