using System.Globalization;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>A server without connections has no timer that wakes the process, and its clock is right all the same when somebody comes.</summary>
public sealed class RestTests
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(0.25);

    private ManualTime _time = null!;

    [SetUp]
    public void CreateTime() => _time = new ManualTime();

    [Test]
    public async Task Server_that_nobody_asks_wakes_nobody()
    {
        await using var server = NewServer();

        Assert.That(_time.ActiveTimers, Is.Zero, "before the first connection");
        for (var i = 0; i < 3; i++)
        {
            var client = server.Connect();
            await client.GetAsync("/");
            Assert.That(_time.ActiveTimers, Is.EqualTo(1), "while there is one");

            await client.DisposeAsync();
            await server.UntilIdleAsync();
            _time.Advance(Beat);
            Assert.That(_time.ActiveTimers, Is.Zero, "after the last one");
        }
    }

    [Test]
    public async Task Rest_is_no_part_of_a_timeout()
    {
        await using var server = NewServer();
        await AskOnceAsync(server);
        _time.AdvanceSeconds(3600);

        var client = server.Connect();
        await client.SendAsync("GET / HTTP/1.1\r\n");
        _time.AdvanceSeconds(9.5);
        var openBefore = client.IsSilent;
        _time.AdvanceSeconds(1);

        Assert.That(openBefore);
        Assert.That((await client.ReadReplyAsync()).Status, Is.EqualTo(408));
    }

    [Test]
    public async Task Date_is_right_after_a_rest()
    {
        await using var server = NewServer();
        await AskOnceAsync(server);
        _time.AdvanceSeconds(3600);

        var reply = await server.Connect().GetAsync("/");

        Assert.That(reply["Date"], Is.EqualTo(_time.GetUtcNow().ToString("r", CultureInfo.InvariantCulture)));
    }

    private static async Task AskOnceAsync(TestServer server)
    {
        var client = server.Connect();
        await client.GetAsync("/");
        await client.DisposeAsync();
        await server.UntilIdleAsync();
    }

    private TestServer NewServer()
    {
        var server = new TestServer(timeouts: new HttpTimeouts { Head = TimeSpan.FromSeconds(10) }, time: _time);
        server.Http.Map("GET /", _ => "fine");
        return server;
    }
}
