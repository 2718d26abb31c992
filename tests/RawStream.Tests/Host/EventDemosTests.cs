using NUnit.Framework;
using RawStream.Host;
using RawStream.Tests.Support;

namespace RawStream.Tests.Host;

/// <summary>The small streams: <c>/hello</c>, <c>/clock</c>, <c>/random</c>, <c>/numbers</c>.</summary>
public sealed class EventDemosTests
{
    private TestServer _server = null!;
    private ManualTime _time = null!;

    [SetUp]
    public void Start()
    {
        _server = new TestServer();
        _time = new ManualTime();
        Demos.Map(_server.Http, _time);
    }

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task The_clock_tells_each_second_and_each_new_minute()
    {
        _time.AdvanceSeconds(58);
        var client = _server.Connect();
        await client.AskAsync("/clock");
        await _time.WaitForTimersAsync(1);

        for (var second = 0; second < 2; second++)
        {
            _time.AdvanceSeconds(1);
            await client.ReadUntilAsync("event: time\n");
        }
        var minute = await client.ReadUntilAsync("event: minute\ndata: 2026-11-20T12:01:00.0000000+00:00\n\n");
        _time.AdvanceSeconds(1);

        Assert.That(minute, Does.Contain("id: 3\n"));
        Assert.That(await client.ReadUntilAsync("event: time\ndata: 2026-11-20T12:01:01.0000000+00:00\n\n"), Does.Contain("id: 4\n"));
    }

    [Test]
    public async Task Hello_is_said_each_second()
    {
        var client = _server.Connect();
        await client.AskAsync("/hello");

        await client.ReadUntilAsync("Content-Type: text/event-stream\r\n");
        await _time.WaitForTimersAsync(1);
        _time.AdvanceSeconds(1);
        await client.ReadUntilAsync("data: hello\n\n");
        _time.AdvanceSeconds(1);
        await client.ReadUntilAsync("data: hello\n\n");
    }

    [Test]
    public async Task Random_ends_when_it_is_time()
    {
        var client = _server.Connect();
        await client.AskAsync("/random?every=2000&for=10000");
        await _time.WaitForTimersAsync(1);
        await client.ReadUntilAsync("\r\n\r\n");
        for (var values = 0; values < 5; values++)
        {
            _time.AdvanceSeconds(2);
            Assert.That(await client.ReadUntilAsync("\n\n"), Does.Match(@"\ndata: \{""value"":\d{1,2},""color"":""[a-z]+""\}\n\n$"));
        }

        Assert.That(await client.ReadUntilAsync("\r\n0\r\n\r\n"), Does.Contain("data: [DONE]\n\n"));
    }

    [TestCase("every=9")]
    [TestCase("every=60001")]
    [TestCase("every=-1")]
    [TestCase("every=soon")]
    [TestCase("every=2000&for=1999")]
    [TestCase("for=3600001")]
    public async Task Random_has_bounds(string query)
    {
        var reply = await _server.GetAsync($"/random?{query}");

        Assert.That(reply.Status, Is.EqualTo(400));
        Assert.That(reply.Text, Does.Contain("must be a whole number from"));
    }

    [TestCase("", 1)]
    [TestCase("Last-Event-ID: 41\r\n", 42)]
    [TestCase("Last-Event-ID: none\r\n", 1)]
    public async Task Numbers_go_on_where_the_client_was_and_are_for_every_origin(string fields, int expected)
    {
        var client = _server.Connect();
        await client.AskAsync("/numbers", fields: fields);

        await client.ReadUntilAsync("Access-Control-Allow-Origin: *\r\n");
        await _time.WaitForTimersAsync(1);
        _time.AdvanceSeconds(1);
        await client.ReadUntilAsync($"id: {expected}\ndata: ");
    }
}
