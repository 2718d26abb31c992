using System.Buffers;

namespace RawStream.Host;

/// <summary>
/// Serves the files below one folder. A request cannot reach a file outside it, nor name one that begins with a dot or lies in a
/// folder that does.
/// </summary>
internal sealed class StaticFiles
{
    // A backslash separates, and a colon names a drive or a second stream of a file, on Windows.
    private static readonly SearchValues<char> Refused = SearchValues.Create("\\:\0");

    private readonly string _root;
    private readonly string _rootPrefix;

    /// <param name="folder">An existing folder. It may be a symbolic link.</param>
    public StaticFiles(string folder)
    {
        _root = RealPath.Of(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))
            ?? throw new ArgumentException("Its symbolic links form a circle.", nameof(folder));
        _rootPrefix = Path.EndsInDirectorySeparator(_root) ? _root : _root + Path.DirectorySeparatorChar;
    }

    /// <summary>Adds the route that matches whatever no other route does.</summary>
    public void Map(HttpServer server) => server.Map("GET /{*path}", request => Find(request.Route["path"]));

    /// <param name="path">Percent-decoded, without the leading slash.</param>
    private Response Find(string path)
    {
        var isFolder = path.Length == 0 || path.EndsWith('/');
        var segments = path.TrimEnd('/') is { Length: > 0 } names ? names.Split('/') : [];
        if (path.EndsWith("//", StringComparison.Ordinal) || !segments.All(IsAllowed)) return NotFound();
        if (Locate(segments) is not { } found) return NotFound();

        if (isFolder) return Locate([.. segments, "index.html"]) is { } index ? ServeFile(index) : NotFound();
        // Without the slash, the links in its page would be taken from the folder above.
        return Directory.Exists(found) ? Response.Redirect(Uri.EscapeDataString(segments[^1]) + "/") : ServeFile(found);
    }

    private static bool IsAllowed(string segment) =>
        segment.Length > 0 && segment[0] != '.' && !segment.AsSpan().ContainsAny(Refused);

    /// <summary>Where the file or folder really is; null when it does not exist or is not below the root.</summary>
    private string? Locate(string[] segments)
    {
        var path = Path.Join([_root, .. segments]);
        var real = Path.Exists(path) ? RealPath.Of(path) : null;
        return real == _root || (real?.StartsWith(_rootPrefix, StringComparison.Ordinal) ?? false) ? real : null;
    }

    private static Response ServeFile(string path) => File.Exists(path)
        ? Response.File(path).With("X-Content-Type-Options", "nosniff")
        : NotFound();

    private static Response NotFound() => Response.Text("Not found\n", 404);
}
