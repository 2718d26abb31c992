using RawStream.Load.Trial;

namespace RawStream.Load.Soak;

/// <summary>A soak as a page.</summary>
internal static class SoakReport
{
    public static TrialReport Of(SoakResult result, string title)
    {
        var ledger = result.Ledger;
        return new TrialReport(title)
            .Table(
                ["seen by the clients", "in all", "a second"],
                Line("connections", ledger.Connections, result),
                Line("requests answered", ledger.Requests, result),
                Line("chunks", ledger.Chunks, result),
                Line("bytes of content, each compared", ledger.Bytes, result))
            .Table(Moment.Table(result.Moments))
            .Checks(result.Checks)
            .Counts("sessions in which all was right", ledger.Checked)
            .Counts("errors that were asked for", ledger.Expected)
            .Counts("errors that were not", ledger.Unexpected)
            .Counts("what must never be", ledger.Broken)
            .Examples(ledger);
    }

    private static string[] Line(string name, long count, SoakResult result) =>
        [name, TrialReport.Number(count), TrialReport.Number(count / result.Time.TotalSeconds)];
}
