namespace RawStream.Load.Trial;

/// <summary>The server at a time of a trial.</summary>
internal sealed record Moment(string Name, Vitals Vitals)
{
    /// <summary>All of them as a table.</summary>
    public static IEnumerable<string[]> Table(IEnumerable<Moment> moments) =>
    [
        ["the server", "resident", "managed", "handles", "threads", "connections"],
        .. moments.Select(moment => new[]
        {
            moment.Name, TrialReport.Megabytes(moment.Vitals.Resident), TrialReport.Megabytes(moment.Vitals.Managed),
            TrialReport.Number(moment.Vitals.Handles), TrialReport.Number(moment.Vitals.Threads), TrialReport.Number(moment.Vitals.Open),
        }),
    ];
}
