using RawStream.Load.Trial;

namespace RawStream.Load.Churn;

/// <summary>A churn as a page.</summary>
internal static class ChurnReport
{
    public static TrialReport Of(ChurnResult result, string title)
    {
        var ledger = result.Ledger;
        return new TrialReport(title)
            .Line($"{TrialReport.Number(ledger.Connections)} connections in {result.Time.TotalSeconds:F0} s, "
                + $"{TrialReport.Number(ledger.Connections / result.Time.TotalSeconds)} a second; {TrialReport.Number(ledger.Requests)} answers.\n")
            .Table(Moment.Table(result.Moments))
            .Checks(result.Checks)
            .Counts("opened, used and closed", ledger.Checked)
            .Counts("errors that were not asked for", ledger.Unexpected)
            .Counts("what must never be", ledger.Broken)
            .Examples(ledger);
    }
}
