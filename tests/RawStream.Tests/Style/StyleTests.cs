using System.Text.RegularExpressions;
using NUnit.Framework;
using RawStream.Tests.Docs;

namespace RawStream.Tests.Style;

/// <summary>The house habits that a text search can check, over all sources. (That docs/map.md lists each: Docs/MapTests.)</summary>
public sealed class StyleTests
{
    private const int LongestFile = 450;

    private static readonly IReadOnlyList<(string Path, string[] Lines)> Sources =
    [
        .. from path in Directory.EnumerateFiles(Repository.Path("src"), "*.cs", SearchOption.AllDirectories)
           let relative = Path.GetRelativePath(Repository.Path("src"), path).Replace('\\', '/')
           where !relative.Contains("/obj/", StringComparison.Ordinal) && !relative.Contains("/bin/", StringComparison.Ordinal)
           orderby relative
           select (relative, File.ReadAllLines(path)),
    ];

    [Test]
    public void There_are_sources() => Assert.That(Sources, Has.Count.GreaterThan(40));

    [TestCase(@"\bTODO\b|\bFIXME\b|\bXXX\b|\bHACK\b", "it is done, or it is an issue")]
    [TestCase(@"#region", "a file that needs them is two files")]
    [TestCase(@"\bThread\.Sleep\b", "wait for what happens, or for a timer")]
    [TestCase(@"RFC ?2616|RFC ?723[0-7]", "RFC 9110 and 9112 have replaced them")]
    [TestCase(@"\bunsafe (class|struct|void|static|public|private|internal)|\bunsafe$", "only where a benchmark shows that it pays")]
    [TestCase(@"\bDateTime(Offset)?\.(Utc)?Now\b|\bStopwatch\b", "time comes from TimeProvider")]
    [TestCase(@"\bConsole\.", "a library has a logger", "RawStream.Core/")]
    [TestCase(@"\b(Utils?|Helpers?|Manager)\b", "names that say nothing")]
    [TestCase(@"#pragma warning disable", "suppress with a justification, or do without")]
    [TestCase(@"^\t| \t|[ \t]$", "spaces, and none at the end")]
    public void Nothing_matches(string pattern, string reason, string folder = "")
    {
        var found = from source in Sources
                    where source.Path.StartsWith(folder, StringComparison.Ordinal)
                    from line in source.Lines.Index()
                    where Regex.IsMatch(line.Item, pattern)
                    select $"{source.Path}:{line.Index + 1}: {line.Item.Trim()}";

        Assert.That(found, Is.Empty, reason);
    }

    [Test]
    public void No_file_is_long() =>
        Assert.That(Sources.Where(source => source.Lines.Length > LongestFile).Select(source => $"{source.Path}: {source.Lines.Length} lines"), Is.Empty);

    [Test]
    public void No_folder_is_named_for_nothing() => Assert.That(
        Sources.SelectMany(source => source.Path.Split('/')),
        Has.None.EqualTo("Utils").Or.EqualTo("Helpers").Or.EqualTo("Internal").Or.EqualTo("Infrastructure").Or.EqualTo("Common"));

    [Test]
    public void A_file_holds_a_type_of_its_name() => Assert.That(
        from source in Sources
        let name = Path.GetFileNameWithoutExtension(source.Path)
        where name != "Program"
        where !source.Lines.Any(line => Regex.IsMatch(line, $@"\b(class|struct|interface|enum|delegate|record) (\w+ )*{name}\b"))
        select source.Path,
        Is.Empty);
}
