using Microsoft.CodeAnalysis;
using NUnit.Framework;

namespace RawStream.Tests.Docs;

/// <summary>Every C# snippet of README.md and docs/ is a program that compiles against the library as it is.</summary>
public sealed class SnippetTests
{
    [TestCaseSource(nameof(Snippets))]
    public void Compiles(string snippet)
    {
        var faults = Snippet.Compile(snippet).GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning);

        Assert.That(faults, Is.Empty, snippet);
    }

    private static IEnumerable<TestCaseData> Snippets()
    {
        var pages = Directory.EnumerateFiles(Repository.Path("docs"), "*.md", SearchOption.AllDirectories).Append(Repository.Path("README.md"));
        foreach (var page in pages.Order(StringComparer.Ordinal))
        {
            var lines = File.ReadAllLines(page);
            for (var i = 0; i < lines.Length; i++)
            {
                if (lines[i].Trim() != "```csharp") continue;
                var end = Array.FindIndex(lines, i + 1, line => line.Trim() == "```");
                var name = $"{Path.GetRelativePath(Repository.Path(""), page)}:{i + 1}";
                yield return new TestCaseData(string.Join('\n', lines[(i + 1)..end])).SetName(name);
                i = end;
            }
        }
    }
}
