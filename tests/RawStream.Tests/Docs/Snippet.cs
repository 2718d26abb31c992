using System.Collections.Immutable;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace RawStream.Tests.Docs;

/// <summary>A program of the docs, compiled against the library as it is, as the SDK would.</summary>
internal static class Snippet
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
            || Path.GetFileName(path) is "RawStream.Core.dll" or "RawStream.Forms.dll").Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static Compilation Compile(string program)
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            "Sample",
            [CSharpSyntaxTree.ParseText(ImplicitUsings, options), CSharpSyntaxTree.ParseText(program, options)],
            References,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        CSharpGeneratorDriver.Create(JsonSourceGenerators(), parseOptions: options).RunGeneratorsAndUpdateCompilation(compilation, out var whole, out _);
        return whole;
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
}
