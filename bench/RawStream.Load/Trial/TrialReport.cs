using System.Globalization;
using System.Text;

namespace RawStream.Load.Trial;

/// <summary>The report of a trial: Markdown, which a terminal shows as well.</summary>
internal sealed class TrialReport
{
    private readonly StringBuilder _text = new();

    public TrialReport(string title) => _text.Append(CultureInfo.InvariantCulture, $"## {title}\n\n");

    public TrialReport Line(string line)
    {
        _text.Append(line).Append('\n');
        return this;
    }

    /// <summary>A table; its first line is the head.</summary>
    public TrialReport Table(params IEnumerable<string[]> lines)
    {
        var isHead = true;
        foreach (var cells in lines)
        {
            _text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
            if (isHead) _text.Append('|').Insert(_text.Length, "---|", cells.Length).Append('\n');
            isHead = false;
        }
        _text.Append('\n');
        return this;
    }

    /// <summary>What was counted, a kind a line; nothing where there is none.</summary>
    public TrialReport Counts(string title, IEnumerable<KeyValuePair<string, long>> counts)
    {
        var lines = counts.Select(count => new[] { count.Key, Number(count.Value) }).ToArray();
        return lines.Length == 0 ? this : Table([[title, "count"], .. lines]);
    }

    public TrialReport Checks(IReadOnlyList<Check> checks) =>
        Table([["what has to hold", "", ""], .. checks.Select(check => new[] { check.Name, check.Holds ? "holds" : "**DOES NOT HOLD**", check.Detail })]);

    public TrialReport Examples(Ledger ledger)
    {
        foreach (var example in ledger.Examples) _text.Append("```\n").Append(example).Append("\n```\n");
        return this;
    }

    public override string ToString() => _text.ToString();

    /// <summary>Prints it, and writes it to a file whose name begins so.</summary>
    public void Publish(string folder, string name)
    {
        var date = DateTime.UtcNow.ToString("yyyy-MM-dd-HHmmss", CultureInfo.InvariantCulture);
        var path = Path.Combine(Directory.CreateDirectory(folder).FullName, $"{name}-{date}.md");
        File.WriteAllText(path, ToString());
        Console.WriteLine(ToString());
        Console.WriteLine($"also in {Path.GetRelativePath(Environment.CurrentDirectory, path)}");
    }

    public static string Number(double number) => number.ToString("N0", CultureInfo.InvariantCulture).Replace(',', ' ');

    public static string Megabytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB");
}
