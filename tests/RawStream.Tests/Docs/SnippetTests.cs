using System.Collections.Immutable;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using NUnit.Framework;

namespace RawStream.Tests.Docs;

/// <summary>Every C# snippet of README.md and docs/ is a program that compiles against the library as it is.</summary>
public sealed class SnippetTests
{
    private const string ImplicitUsings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly string[] Trusted = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);

    private static readonly MetadataReference[] References =
    [
        .. Trusted.Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal)
            || Path.GetFileName(path).StartsWith("Microsoft.Extensions.Logging", StringComparison.Ordinal)
            || Path.GetFileName(path) == "RawStream.Core.dll").Select(path => MetadataReference.CreateFromFile(path)),
    ];

    [TestCaseSource(nameof(Snippets))]
    public void Compiles(string snippet)
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            "Snippet",
            [CSharpSyntaxTree.ParseText(ImplicitUsings, options), CSharpSyntaxTree.ParseText(snippet, options)],
            References,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        CSharpGeneratorDriver.Create(JsonSourceGenerators(), parseOptions: options).RunGeneratorsAndUpdateCompilation(compilation, out var whole, out _);

        var faults = whole.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning);

        Assert.That(faults, Is.Empty, snippet);
    }

    /// <summary>What the SDK runs for a JsonSerializerContext; it stands beside the reference assemblies.</summary>
    private static ImmutableArray<ISourceGenerator> JsonSourceGenerators()
    {
        var root = new DirectoryInfo(Path.GetDirectoryName(typeof(object).Assembly.Location)!).Parent!.Parent!.Parent!;
        var generator = Directory.EnumerateFiles(Path.Combine(root.FullName, "packs"), "System.Text.Json.SourceGeneration.dll", SearchOption.AllDirectories).First();
        return new AnalyzerFileReference(generator, new AssemblyLoader()).GetGenerators(LanguageNames.CSharp);
    }

    private sealed class AssemblyLoader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
            // It has none beside itself.
        }

        public Assembly LoadFromPath(string fullPath) => Assembly.LoadFrom(fullPath);
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
