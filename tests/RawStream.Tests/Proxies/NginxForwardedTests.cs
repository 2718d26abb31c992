using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using RawStream.Tests.Docs;
using RawStream.Tests.Support;

namespace RawStream.Tests.Proxies;

/// <summary>Who the client is, through a real nginx with the lines of docs/middleware.md.</summary>
internal sealed class NginxForwardedTests
{
    private static readonly IPAddress Client = IPAddress.Parse("127.0.0.2"); // nginx connects from 127.0.0.1.

    [Test]
    public async Task It_is_told_by_nginx_and_not_by_the_client()
    {
        await using var server = new TestServer();
        server.Http.UseForwarded(new ForwardedOptions { Proxies = [IPNetwork.Parse("127.0.0.1/32")] });
        server.Http.Map("GET /", request => $"{request.RemoteEndPoint} {request.Scheme} {request.Host}");
        await server.StartAsync();
        using var nginx = await NginxProcess.StartAsync($"location / {{ proxy_pass http://127.0.0.1:{server.Http.Port}; {DocumentedLines()} }}");
        using var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseProxy = false });
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");

        var told = await client.GetStringAsync($"http://app.localhost:{nginx.Port}/").Within();

        Assert.That(told, Is.EqualTo($"{Client}:0 http app.localhost"));
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(Client, 0));
        await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static string DocumentedLines() => File.ReadAllText(Repository.Path("docs/middleware.md")).Split("```nginx")[1].Split("```")[0];
}
