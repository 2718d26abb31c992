using System.Globalization;
using RawStream.Load.Client;
using RawStream.Load.Compare;
using RawStream.Load.Measures;

namespace RawStream.Load.Report;

/// <summary>The files that <c>compare</c> leaves, each with the date of its tables in its name.</summary>
internal static class ReportFiles
{
    /// <summary>Returns where they are, without their endings.</summary>
    public static string Write(string folder, IReadOnlyList<CaseResult> results)
    {
        var date = DateTime.UtcNow;
        var name = Path.Combine(Directory.CreateDirectory(folder).FullName, date.ToString("yyyy-MM-dd-HHmmss", CultureInfo.InvariantCulture));
        File.WriteAllText($"{name}.json", JsonReport.Of(date, results));
        File.WriteAllText($"{name}.svg", BarChart.Of(results));
        var ticks = results.Where(result => result.Title.StartsWith(TickCost.Title, StringComparison.Ordinal)).ToArray();
        if (ticks.Length > 1) File.WriteAllText($"{name}-tick-cost.svg", LineChart.Of(ticks));
        File.WriteAllText($"{name}.md", Markdown(date, results, Path.GetFileName(name), ticks.Length > 1));
        return $"{Path.GetRelativePath(Environment.CurrentDirectory, name)}.md, .json and .svg";
    }

    private static string Markdown(DateTime date, IReadOnlyList<CaseResult> results, string name, bool hasTicks) => $"""
        # Measured on {date.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC

        {Processor.Arrangement}. Medians; the spread is half the way from the least run to the most, as a share of the median; the ratio is to Kestrel's best form.

        ![one figure of each table]({name}.svg)
        {(hasTicks ? $"\n![what a tick costs]({name}-tick-cost.svg)\n" : "")}
        {string.Concat(results.Select(MarkdownTable.Of))}
        """;
}
