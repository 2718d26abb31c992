using System.Diagnostics;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Docs;

/// <summary>A program that does not use a part of the library does not carry it when it is trimmed.</summary>
[Parallelizable] // It waits more than it works.
public sealed class TrimTests
{
    private static readonly TimeSpan PublishLimit = TimeSpan.FromMinutes(3);

    [Test]
    public async Task A_trimmed_hello_carries_only_what_it_uses()
    {
        if (TestTransport.Value != HttpTransport.Sockets) Assert.Ignore("It does not depend on the transport.");
        var folder = Directory.CreateTempSubdirectory("rawstream-trim-").FullName;
        await PublishAsync("docs/samples/hello.cs", folder);

        string[] assemblies = [.. Directory.EnumerateFiles(folder, "*.dll").Select(file => Path.GetFileName(file))];
        foreach (var unused in new[] { "System.Net.Security", "System.Net.WebSockets", "System.IO.Compression.Brotli", "System.Security.Cryptography", "System.Text.Json" })
            Assert.That(assemblies, Has.None.EqualTo($"{unused}.dll"));

        var types = TypesOf(Path.Combine(folder, "RawStream.Core.dll"));
        Assert.That(types, Does.Contain("HttpServer").And.Contain("Http1Connection"));
        foreach (var unused in new[] { "TlsConnection", "GzipCoder", "BrotliCoder", "Compression", "DecodedBody", "MessageReader", "WebSocketConnection", "FileRepresentation", "Cors", "Forwarded" })
            Assert.That(types, Has.None.EqualTo(unused));
        Directory.Delete(folder, recursive: true);
    }

    private static async Task PublishAsync(string program, string folder)
    {
        using var publish = Process.Start(new ProcessStartInfo(
            "dotnet",
            ["publish", Repository.Path(program), "-c", "Release", "-r", "linux-x64", "--self-contained", "-p:PublishTrimmed=true", "-o", folder, "--nologo"]) { RedirectStandardOutput = true })!;
        var output = await publish.StandardOutput.ReadToEndAsync().WaitAsync(PublishLimit);
        await publish.WaitForExitAsync();
        if (output.Contains("NU1101", StringComparison.Ordinal)) Assert.Ignore("What a trimmed program is made of cannot be had here.");
        Assert.That(publish.ExitCode, Is.Zero, output);
    }

    private static string[] TypesOf(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        return [.. metadata.TypeDefinitions.Select(type => metadata.GetString(metadata.GetTypeDefinition(type).Name))];
    }
}
