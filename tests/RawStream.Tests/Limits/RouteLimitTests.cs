using NUnit.Framework;
using RawStream.Http1;
using RawStream.Tests.Support;

namespace RawStream.Tests.Limits;

/// <summary>What one route asks of its clients, other than the rest.</summary>
public sealed class RouteLimitTests
{
    private readonly ManualTime _time = new();

    /// <summary>The default is 240 bytes a second over 5 s. This client sends 500 bytes a second.</summary>
    [TestCase(1000, 5, 408)]
    [TestCase(1000, 60, 200)]
    [TestCase(100, 5, 200)]
    [TestCase(0, 1, 200)]
    [TestCase(501, 1, 408)]
    [TestCase(1000, -1, 200)]
    public async Task A_body_may_be_asked_to_come_faster_or_slower(int bytesPerSecond, int grace, int status)
    {
        await using var server = NewServer(request =>
        {
            request.BodyBytesPerSecond = bytesPerSecond;
            request.BodyGrace = grace < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(grace);
        });

        var client = server.Connect();

        await client.AskAsync("/", "POST", "Content-Length: 6001\r\n");
        try
        {
            for (var second = 0; second < 12; second++)
            {
                await client.SendAsync(new byte[500]);
                _time.AdvanceSeconds(1);
            }
            if (status == 200) await client.SendAsync("x");
        }
        catch (IOException) when (status != 200)
        {
            // It was refused, and the server has not waited for the rest.
        }

        Assert.That((await client.ReadReplyAsync()).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task It_may_be_changed_while_the_body_comes()
    {
        var read = new Signal();
        await using var server = new TestServer(time: _time);
        server.Http.Map("POST /", async request =>
        {
            var first = await request.Body.ReadAsync();
            request.Body.AdvanceTo(first.Buffer.End);
            request.BodyBytesPerSecond = 1000;
            read.Set();
            return await request.ReadTextAsync();
        });
        var client = server.Connect();
        await client.AskAsync("/", "POST", "Content-Length: 100000\r\n");
        await client.SendAsync("a");
        await read.WaitAsync();

        for (var second = 0; second < 6; second++)
        {
            await client.SendAsync(new byte[500]);
            _time.AdvanceSeconds(1);
        }

        Assert.That((await client.ReadReplyAsync()).Status, Is.EqualTo(408));
    }

    [Test]
    public async Task The_next_request_begins_with_the_defaults_again()
    {
        var seen = new List<(int, TimeSpan, TimeSpan, int)>();
        await using var server = new TestServer(timeouts: new HttpTimeouts { BodyBytesPerSecond = 1, WriteBytesPerSecond = 2 }, time: _time);
        server.Http.Map("GET /", (request, response) =>
        {
            seen.Add((request.BodyBytesPerSecond, request.BodyGrace, response.WriteTimeout, response.WriteBytesPerSecond));
            request.BodyBytesPerSecond = 3;
            request.BodyGrace = TimeSpan.FromSeconds(4);
            response.WriteTimeout = TimeSpan.FromSeconds(5);
            response.WriteBytesPerSecond = 6;
            seen.Add((request.BodyBytesPerSecond, request.BodyGrace, response.WriteTimeout, response.WriteBytesPerSecond));
            return default;
        });
        var client = server.Connect();

        await client.GetAsync("/");
        await client.GetAsync("/");

        var defaults = (1, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), 2);
        var own = (3, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(5), 6);
        Assert.That(seen, Is.EqualTo(new[] { defaults, own, defaults, own }));
    }

    /// <summary>What is sent by then is a TLS handshake.</summary>
    [Test]
    public void Before_the_first_request_the_defaults_hold()
    {
        var connections = new ConnectionSet();
        var options = new HttpServerOptions { Timeouts = new HttpTimeouts { Write = TimeSpan.FromSeconds(7), WriteBytesPerSecond = 8 } };
        var server = new ServerContext(options, (_, _) => default, connections, new ServerMetrics(connections));
        var connection = new FakeConnection();
        var request = new Request(connection, new RequestHead(), new RequestBody(connection.Input, server));
        var response = new ResponseWriter(new ResponseBody(connection.Output, server.Date), request, options.Timeouts);

        Assert.That((response.WriteTimeoutMilliseconds, response.LeastBytesPerSecond), Is.EqualTo((7000, 8)));
    }

    [Test]
    public async Task What_makes_no_sense_is_refused_where_it_is_set()
    {
        var refused = 0;
        await using var server = new TestServer();
        server.Http.Map("GET /", (request, response) =>
        {
            foreach (var set in (Action[])
            [
                () => request.MaxBodySize = -1, () => request.BodyBytesPerSecond = -1, () => request.BodyGrace = TimeSpan.Zero, () => request.BodyGrace = TimeSpan.FromDays(25),
                () => response.WriteTimeout = TimeSpan.Zero, () => response.WriteTimeout = TimeSpan.FromDays(25), () => response.WriteBytesPerSecond = -1,
            ])
            {
                Assert.That(set, Throws.InstanceOf<ArgumentOutOfRangeException>());
                refused++;
            }
            return default;
        });

        Assert.That((await server.GetAsync("/")).Status, Is.EqualTo(200));
        Assert.That(refused, Is.EqualTo(7));
    }

    private TestServer NewServer(Action<Request> set)
    {
        var server = new TestServer(time: _time);
        server.Http.Use(next => (request, response) =>
        {
            set(request);
            return next(request, response);
        });
        server.Http.Map("POST /", async request => $"{(await request.ReadBytesAsync()).Length}");
        return server;
    }
}
