using System.Net;

namespace RawStream.Middleware;

/// <summary>Where a request came from, as far as trusted proxies tell it: null for what only the connection tells.</summary>
internal sealed class ForwardedOrigin
{
    public IPEndPoint? RemoteEndPoint { get; set; }

    public string? Scheme { get; set; }

    public string? Host { get; set; }
}
