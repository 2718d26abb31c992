using System.Text;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Peers;

namespace RawStream.Fuzz.Targets;

/// <summary>Files below a folder: no path, range or condition ever brings a byte of a file that is elsewhere.</summary>
internal sealed class FileTarget : FuzzTarget
{
    private const string Secret = "TOP-SECRET";
    private const string Content = "0123456789abcdefghijklmnopqrstuvwxyz";

    private readonly Harness _harness;

    public FileTarget()
    {
        var folder = Directory.CreateTempSubdirectory("rawstream-fuzz-files-").FullName; // Two fuzzers at a time would change each other's files.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var site = Path.Combine(folder, "site");
        Directory.CreateDirectory(Path.Combine(site, "sub"));
        File.WriteAllText(Path.Combine(folder, "secret.txt"), Secret);
        File.WriteAllText(Path.Combine(site, ".secret"), Secret);
        File.WriteAllText(Path.Combine(site, "a.txt"), Content);
        File.WriteAllText(Path.Combine(site, "sub", "b.html"), Content);
        Directory.CreateSymbolicLink(Path.Combine(site, "link"), folder);
        _harness = new Harness(server => server.MapFiles("/f/{*path}", site, new StaticFileOptions { DirectoryListing = true, Precompressed = true }));
    }

    public override string Name => "file";

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. Dictionary.Of(
            "..", "../", "/../", "%2e%2e", "%2e%2e/", "..%2f", "%2f", "%5c", "\\", "..\\", "%00", "%c0%ae%c0%ae/", "%252e%252e/", "//", "/./", "secret.txt", ".secret",
            "link/secret.txt", "link", "a.txt", "sub/b.html", "sub/", "sub", "/etc/passwd",
            "%ff", "%EF%BC%8F", "C:", "a.txt::$DATA", "a.txt%20", "a.txt.", "~", "?", "#", ";", " HTTP/1.1\r\n", "Range: bytes=0-1\r\n", "Range: bytes=0-0,-1,5-9\r\n",
            "Range: bytes=", "If-Range: \"a\"\r\n", "If-None-Match: *\r\n",
            "If-Modified-Since: Sun, 06 Nov 2094 08:49:37 GMT\r\n", "If-Match: \"x\"\r\n", "Accept-Encoding: br, gzip\r\n", "-", ",", "0", "9"),
    ];

    /// <summary>The input is a path and field lines.</summary>
    public override int Run(byte[] input)
    {
        var choices = ChoicesFor(input);
        byte[] request = [.. "GET /f/"u8, .. input, .. "\r\nHost: h\r\nConnection: close\r\n\r\n"u8];
        var sent = _harness.Exchange(request).Span;
        Check(sent.IndexOf(Encoding.ASCII.GetBytes(Secret)) < 0, "a file that is not to be read is read");
        var responses = ResponseReader.ReadAll(sent, ["GET"]);
        var again = ResponseReader.ReadAll(_harness.Exchange(request, choices).Span, ["GET"]);
        Check(responses.Select(response => response.Status).SequenceEqual(again.Select(response => response.Status)), "in pieces another answer");
        foreach (var response in responses)
        {
            Check(response.Status is < 500 or 501 or 505, $"a {response.Status}");
            if (response is { Status: 206 } && response["content-range"] is { } range)
            {
                var numbers = range["bytes ".Length..].Split('-', '/').Select(long.Parse).ToArray();
                Check(response.Body.AsSpan().SequenceEqual(Encoding.ASCII.GetBytes(Content).AsSpan((int)numbers[0]..((int)numbers[1] + 1))), "a range is what it says");
            }
            if (response is { Status: 200 } && !Encoding.Latin1.GetString(response.Body).Contains('<', StringComparison.Ordinal))
                Check(Encoding.Latin1.GetString(response.Body) == Content || response["content-type"]?.StartsWith("text/html", StringComparison.Ordinal) == true
                    || response.Body.Length == 0, "a file is what it is");
        }
        return System.HashCode.Combine(responses.Count, responses.Count > 0 ? responses[0].Status : 0, responses.Count > 0 ? Math.Min(responses[0].Body.Length, 50) : 0);
    }
}
