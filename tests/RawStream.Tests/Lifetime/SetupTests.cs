using System.Net.Sockets;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Lifetime;

/// <summary>What is decided before the first request.</summary>
[TestFixture]
public sealed class SetupTests
{
    [Test]
    public async Task Patterns_of_one_shape_keep_the_names_of_their_own_braces()
    {
        await using var site = new Site();
        site.Server.Map("GET /orders/{id}", request => $"id is {request.Route["id"]}, {request.Route.Count()} value");
        site.Server.Map("POST /orders/{key}", request => $"key is {request.Route["key"]}, {request.Route.Count()} value");
        await using var peer = site.Connect();

        await peer.GetAsync("/orders/7");
        await peer.ReadUntilAsync("id is 7, 1 value");
        await peer.SendAsync("POST /orders/8 HTTP/1.1\r\nHost: x\r\n\r\n");
        await peer.ReadUntilAsync("key is 8, 1 value");
    }

    [Test]
    public async Task A_regular_file_where_a_Unix_socket_should_be_is_left_alone()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "precious");
            var server = new HttpServer(new HttpServerOptions { UnixSocketPath = path, Transport = TestTransport.Value });
            Assert.That(async () => await server.StartAsync(), Throws.InstanceOf<SocketException>());
            await server.DisposeAsync();

            Assert.That(await File.ReadAllTextAsync(path), Is.EqualTo("precious"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public async Task Routes_and_middleware_can_be_added_after_a_look_at_the_metrics()
    {
        await using var site = new Site();
        Assert.That(site.Server.Metrics.OpenConnections, Is.Zero);
        site.Server.Use(next => next);
        site.Server.Map("GET /", _ => "mapped");
        await using var peer = site.Connect();

        await peer.GetAsync("/");
        await peer.ReadUntilAsync("mapped");

        Assert.That(site.Server.Metrics.OpenConnections, Is.EqualTo(1));
    }
}
