using NUnit.Framework;
using RawStream.Tests.Docs;

namespace RawStream.Tests.Coding;

/// <summary>A program that does not compress carries no compressor: the server knows only what is abstract, so that trimming can drop the rest.</summary>
public sealed class ReachTests
{
    [TestCase("System.IO.Compression", new[] { "BrotliCoder.cs", "GzipCoder.cs", "DecodedBody.cs", "MessageDeflater.cs", "MessageInflater.cs" })]
    [TestCase("new WebSocketResponse(", new[] { "Response.cs" })]
    [TestCase("new WebSocketConnection(", new[] { "WebSocketResponse.cs" })]
    [TestCase("new BrotliCoder(", new[] { "Compression.cs" })]
    [TestCase("new GzipCoder(", new[] { "Compression.cs" })]
    [TestCase("new Compression(", new[] { "CompressionExtensions.cs" })]
    [TestCase("UseCompression(this", new[] { "CompressionExtensions.cs" })]
    [TestCase("DecodedBody.Open(", new[] { "Request.cs" })]
    public void It_stands_nowhere_else(string words, string[] files)
    {
        var found = Directory.EnumerateFiles(Repository.Path("src/RawStream.Core"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && File.ReadAllText(file).Contains(words, StringComparison.Ordinal))
            .Select(file => Path.GetFileName(file));

        Assert.That(found, Is.EquivalentTo(files));
    }
}
