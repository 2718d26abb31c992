using NUnit.Framework;

namespace RawStream.Tests.Docs;

/// <summary>docs/map.md tells the truth about which source files there are.</summary>
public sealed class MapTests
{
    [Test]
    public void Every_source_file_has_its_line_and_every_line_its_file()
    {
        var files = Directory.EnumerateFiles(Repository.Path("src"), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Path(""), file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));
        var listed = File.ReadLines(Repository.Path("docs/map.md"))
            .Where(line => line.StartsWith("| [", StringComparison.Ordinal))
            .Select(line => line.Split("](../")[1].Split(')')[0]);

        Assert.That(listed, Is.EquivalentTo(files));
    }
}
