using RawStream.Coding;

namespace RawStream.Files;

/// <summary>A file that lies compressed beside another one: <c>app.js.br</c> beside <c>app.js</c>.</summary>
/// <param name="Path">Where it is; null: the file itself is to be sent.</param>
/// <param name="Coding">What Content-Encoding says.</param>
/// <param name="Varies">There is a compressed form, so that what a cache has depends on Accept-Encoding (RFC 9110 §12.5.5).</param>
internal readonly record struct PrecompressedFile(string? Path, string? Coding, bool Varies)
{
    /// <param name="request">Says what its client takes.</param>
    /// <param name="names">Of the file itself.</param>
    /// <param name="locate">Finds a file by its names.</param>
    public static PrecompressedFile Choose(Request request, string[] names, Func<string[], string?> locate)
    {
        var brotli = Locate(".br");
        var gzip = Locate(".gz");
        var available = ContentCodings.Identity | (brotli is null ? 0 : ContentCodings.Brotli) | (gzip is null ? 0 : ContentCodings.Gzip);
        var varies = available != ContentCodings.Identity;
        return AcceptEncoding.Of(request.Headers).Choose(available) switch
        {
            ContentCodings.Brotli => new(brotli, "br", varies),
            ContentCodings.Gzip => new(gzip, "gzip", varies),
            _ => new(null, null, varies), // Also where the client takes nothing that there is: that is more useful than a 406.
        };

        string? Locate(string extension) => locate([.. names[..^1], names[^1] + extension]) is { } path && File.Exists(path) ? path : null;
    }
}
