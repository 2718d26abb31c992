namespace RawStream.Host;

/// <summary>The page at <c>/</c>, which is embedded in the program.</summary>
internal static class Page
{
    // The page brings everything along; the browser is told to hold it to that.
    private const string Policy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'";

    public static readonly Response Index = Response.Bytes(Read("index.html"), "text/html; charset=utf-8")
        .With("Cache-Control", "no-cache")
        .With("Content-Security-Policy", Policy)
        .With("X-Content-Type-Options", "nosniff");

    private static byte[] Read(string name)
    {
        using var resource = typeof(Page).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded in this program.");
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
