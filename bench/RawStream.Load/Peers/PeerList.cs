namespace RawStream.Load.Peers;

/// <summary>All peers by name. What begins with "kestrel" is a form of Kestrel; the best of them in a measure is the bar.</summary>
internal static class PeerList
{
    public const string Kestrel = "kestrel";

    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
    private const Endpoints NoEvents = Endpoints.Plaintext | Endpoints.Stream | Endpoints.Ticks;

    public static readonly Peer[] All =
    [
        new("rawstream", Endpoints.All, () => Host()),
        new("rawstream-epoll", Endpoints.All, () => Host("--transport", "epoll")),
        new("rawstream-inline", NoEvents, () => Host() with { Environment = [(InlineCompletions, "1")] }),
        new(DotNetPeer.KestrelFlush, NoEvents, () => InProcess(DotNetPeer.KestrelFlush)),
        new(DotNetPeer.KestrelWrite, Endpoints.Plaintext | Endpoints.Stream, () => InProcess(DotNetPeer.KestrelWrite)),
        new("kestrel-inline", NoEvents, () => InProcess(DotNetPeer.KestrelWrite) with { Environment = [(InlineCompletions, "1")] }),
        new(DotNetPeer.KestrelEvent, Endpoints.Events, () => InProcess(DotNetPeer.KestrelEvent)),
        new(DotNetPeer.KestrelDrain, Endpoints.Events, () => InProcess(DotNetPeer.KestrelDrain)),
        new(DotNetPeer.KestrelFramed, Endpoints.Events, () => InProcess(DotNetPeer.KestrelFramed)),
        new("rawstream-tls", Endpoints.Tls, () => Host("--dev-cert")),
        new("rawstream-epoll-tls", Endpoints.Tls, () => Host("--transport", "epoll", "--dev-cert")),
        new(DotNetPeer.KestrelTls, Endpoints.Tls, () => InProcess(DotNetPeer.KestrelTls)),
        new(DotNetPeer.HttpListener, Endpoints.All, () => InProcess(DotNetPeer.HttpListener)),
        new("node", Endpoints.All, () => Script("node", "node.mjs", "apt-get install nodejs")),
        new("deno", Endpoints.All, () => Script("deno", "deno.js", Installed.FromNpm, "run", "--allow-net", "--quiet")),
        new("bun", Endpoints.All, () => Script("bun", "bun.js", Installed.FromNpm, "run")),
        new("go", Endpoints.All, () => new Launch(Installed.Build("go", "main.go", "golang-go", "build", "-o"))),
        new("nginx", Endpoints.Plaintext, Nginx.Prepare),
        new("raw-c", Endpoints.All, () => new Launch(Installed.Build("cc", "limit.c", "gcc", "-O2", "-o"))),
    ];

    public static IEnumerable<string> Names => All.Select(peer => peer.Name);

    /// <summary>Peers by their names; "kestrel" stands for all its forms.</summary>
    public static Peer[] Find(string[] names) => names.Length == 0
        ? All
        : [.. All.Where(peer => names.Contains(peer.Name) || (IsKestrel(peer.Name) && names.Contains(Kestrel)))];

    public static bool IsKestrel(string name) => name.StartsWith(Kestrel, StringComparison.Ordinal);

    /// <summary>The sample host as it was built: <c>dotnet run</c> would be measured with it.</summary>
    private static Launch Host(params string[] options)
    {
        var program = Repository.Path("src/RawStream.Host/bin/Release/net10.0/RawStream.Host");
        return File.Exists(program)
            ? new Launch([program, "serve", "--port", "0", .. options])
            : throw new PeerMissingException("dotnet build -c Release");
    }

    private static Launch InProcess(string name) => Self("serve", name, "0", "--until-eof");

    /// <summary>This program again: its own executable, or the dotnet command and the program's file.</summary>
    public static Launch Self(params string[] arguments)
    {
        string[] self = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [Environment.ProcessPath!, typeof(PeerList).Assembly.Location]
            : [Environment.ProcessPath!];
        return new Launch([.. self, .. arguments]);
    }

    private static Launch Script(string program, string script, string howToGet, params string[] options) =>
        new([Installed.Find(program, howToGet), .. options, Installed.Source(script)]);
}
