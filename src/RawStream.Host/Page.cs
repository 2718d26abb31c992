namespace RawStream.Host;

/// <summary>The pages and their style, which are embedded in the program.</summary>
internal static class Page
{
    // The pages bring everything along; the browser is told to hold them to that.
    private const string Policy = "default-src 'none'; base-uri 'none'; form-action 'none'; "
        + "style-src 'self' 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src 'self'";

    /// <summary>Another port, or the other name, of this machine is another origin.</summary>
    private const string LoopbackToo = " http://localhost:* http://127.0.0.1:*";

    public static readonly Response Index = Html("index.html");

    public static readonly Response Style = With(Response.Bytes(Read("style.css"), "text/css; charset=utf-8"));

    /// <summary>Each by its path.</summary>
    public static readonly IReadOnlyDictionary<string, Response> Demos = new Dictionary<string, Response>
    {
        ["/clock.html"] = Html("clock.html"),
        ["/random.html"] = Html("random.html", connectTo: LoopbackToo),
        ["/tokens.html"] = Html("tokens.html"),
        ["/chat.html"] = Html("chat.html"),
        ["/websocket.html"] = Html("websocket.html"),
    };

    private static Response Html(string name, string connectTo = "") =>
        With(Response.Bytes(Read(name), "text/html; charset=utf-8")).With("Content-Security-Policy", Policy + connectTo);

    private static Response With(Response page) => page.With("Cache-Control", "no-cache").With("X-Content-Type-Options", "nosniff");

    private static byte[] Read(string name)
    {
        using var resource = typeof(Page).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded in this program.");
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
