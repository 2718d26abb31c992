using RawStream.Files;
using RawStream.Routing;

namespace RawStream;

/// <summary>Serves folders of files.</summary>
public static class StaticFileExtensions
{
    /// <summary>
    /// Serves the files below a folder: <c>server.MapFiles("/static/{*path}", "site")</c>. With conditions and ranges, for GET and HEAD. No request reaches
    /// a file outside the folder, by its name or by a symbolic link.
    /// </summary>
    /// <param name="server">Gets the route.</param>
    /// <param name="pattern">A path without a method, which ends with what names the file: <c>/static/{*path}</c>.</param>
    /// <param name="folder">An existing folder. It may be a symbolic link.</param>
    /// <param name="options">Index, dot files, listing, precompressed files, caching, content types.</param>
    /// <exception cref="ArgumentException">The pattern is malformed, does not end with <c>{*name}</c>, or is mapped already; or an option cannot be.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidOperationException">The server has started.</exception>
    public static HttpServer MapFiles(this HttpServer server, string pattern, string folder, StaticFileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(folder);
        var path = RoutePattern.Parse(pattern);
        if (path.Method is not null || !path.Segments[^1].IsRest)
            throw new ArgumentException($"The pattern '{pattern}' is not for files: it looks like '/static/{{*path}}'.", nameof(pattern));
        return server.Map($"GET {pattern}", new FileFolder(folder, segmentsBefore: path.Segments.Length, options ?? new StaticFileOptions()).AnswerAsync);
    }
}
