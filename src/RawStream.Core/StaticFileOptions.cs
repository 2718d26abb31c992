namespace RawStream;

/// <summary>How <see cref="StaticFileExtensions.MapFiles"/> serves a folder.</summary>
public sealed class StaticFileOptions
{
    /// <summary>The file that is sent for a folder, <c>index.html</c> by default; null for none.</summary>
    public string? IndexFile { get; init; } = "index.html";

    /// <summary>
    /// Also serves files and folders whose names begin with a dot. Off by default: <c>.git</c>, <c>.env</c> and the like are mostly there by
    /// accident.
    /// </summary>
    public bool DotFiles { get; init; }

    /// <summary>
    /// Answers a folder that has no <see cref="IndexFile"/> with a page that lists up to 1000 of its files and folders. Off by default: a 404.
    /// </summary>
    public bool DirectoryListing { get; init; }

    /// <summary>
    /// Sends <c>app.js.br</c> or <c>app.js.gz</c> in place of <c>app.js</c> to a client that accepts it (RFC 9110 §12.5.3). Off by default, because
    /// nobody but you can keep the three the same.
    /// </summary>
    public bool Precompressed { get; init; }

    /// <summary>The Cache-Control field of each file, such as <c>public, max-age=3600</c> (RFC 9111 §5.2); none by default.</summary>
    public string? CacheControl { get; init; }

    /// <summary>Content types by extension, with its dot, that go before the built-in ones: <c>ContentTypes = { [".log"] = "text/plain" }</c>.</summary>
    public IDictionary<string, string> ContentTypes { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
}
