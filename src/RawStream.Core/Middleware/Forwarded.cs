using System.Net;
using System.Text;
using RawStream.Http1;
using RawStream.Middleware;

namespace RawStream;

/// <summary>What trusted proxies tell of the client (RFC 7239).</summary>
public static class Forwarded
{
    /// <summary>
    /// Behind proxies, <see cref="Request.RemoteEndPoint"/>, <see cref="Request.Scheme"/> and <see cref="Request.Host"/> tell of the client, and not of the last proxy. Each proxy
    /// adds what it saw at the right end of a field: it is read from there, as long as whoever has written it is one of <see cref="ForwardedOptions.Proxies"/>. What cannot be
    /// understood of that is refused with 400. Add it before whatever looks at these.
    /// </summary>
    /// <exception cref="ArgumentException">The options name no proxy.</exception>
    /// <exception cref="InvalidOperationException">The server has started.</exception>
    public static HttpServer UseForwarded(this HttpServer server, ForwardedOptions options)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Proxies.Count == 0 && !options.TrustsUnixSocket) throw new ArgumentException("Say which proxies are trusted: there is none in the options.", nameof(options));
        return server.Use(next => (request, response) =>
        {
            if (IsTrusted(request.RemoteEndPoint, options)) Read(request, options);
            return next(request, response);
        });
    }

    /// <summary>From hop to hop, from the right to the left.</summary>
    private static void Read(Request request, ForwardedOptions options)
    {
        var told = options.Fields == ForwardedFields.Forwarded
            ? ForwardedElement.ReadForwarded(request.Headers, options.MaxHops)
            : ForwardedElement.ReadXForwarded(request.Headers, options.Fields, options.MaxHops);
        var origin = request.ToldByProxy = new ForwardedOrigin();
        foreach (var element in told)
        {
            if (element.Proto is not null) origin.Scheme = Scheme(element.Proto);
            if (element.Host is not null) origin.Host = Host(element.Host);
            if (element.For is null || IsHidden(element.For)) return;
            origin.RemoteEndPoint = Address(element.For);
            if (!IsTrusted(origin.RemoteEndPoint, options)) return;
        }
    }

    private static bool IsTrusted(EndPoint? peer, ForwardedOptions options)
    {
        if (peer is not IPEndPoint { Address: var address }) return options.TrustsUnixSocket;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        foreach (var network in options.Proxies)
            if (network.Contains(address))
                return true;
        return false;
    }

    /// <summary>The proxy does not know the client, or does not tell (RFC 7239 §6.2, §6.3).</summary>
    private static bool IsHidden(string node) => node.StartsWith('_') || node.Equals("unknown", StringComparison.OrdinalIgnoreCase);

    /// <summary>An address, which stands in brackets when it is one of IPv6 with a port (RFC 7239 §6); X-Forwarded-For has it without, too.</summary>
    private static IPEndPoint Address(string node) =>
        IPEndPoint.TryParse(node, out var client) ? client : throw new BadRequestException("What a proxy tells of the client is not an address.");

    /// <summary>Some proxies tell the scheme of a WebSocket.</summary>
    private static string Scheme(string proto) => proto.ToLowerInvariant() switch
    {
        "http" or "ws" => "http",
        "https" or "wss" => "https",
        _ => throw new BadRequestException("What a proxy tells of the scheme is neither http nor https."),
    };

    private static string Host(string host) =>
        host.Length > 0 && Ascii.IsValid(host) && Grammar.IsHostAndPort(Encoding.ASCII.GetBytes(host))
            ? host
            : throw new BadRequestException("What a proxy tells of the host is not one.");
}
