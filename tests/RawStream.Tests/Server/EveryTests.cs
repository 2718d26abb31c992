using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>Response.Every: a value per tick, from timers that all streams of one period share.</summary>
internal sealed class EveryTests
{
    private ManualTime _time = null!;

    [SetUp]
    public void CreateTime() => _time = new ManualTime();

    [Test]
    public async Task Each_tick_is_one_chunk_and_the_head_does_not_wait_for_it()
    {
        await using var server = Serve(TimeSpan.FromSeconds(1));
        var client = server.Connect();
        await client.AskAsync("/");
        Assert.That(await client.ReadUntilAsync("\r\n\r\n"), Does.Contain("Content-Type: text/plain; charset=utf-8\r\n"));
        for (var second = 1; second <= 3; second++)
        {
            Assert.That(client.IsSilent);
            _time.AdvanceSeconds(1);
            Assert.That(await client.ReadTextAsync(10), Is.EqualTo("5\r\n12:00\r\n"));
        }
    }

    [Test]
    public async Task Streams_that_begin_together_share_a_timer_and_each_ends_with_its_client()
    {
        await using var server = Serve(TimeSpan.FromSeconds(1));
        var clients = Enumerable.Range(0, 20).Select(_ => server.Connect()).ToArray();
        foreach (var client in clients)
        {
            await client.AskAsync("/");
            await client.ReadUntilAsync("\r\n\r\n");
        }
        Assert.That(_time.ActiveTimers, Is.EqualTo(1));

        clients[0].Abort();
        await Patience.UntilAsync(() => server.Http.Metrics.RunningHandlers == 19, "one stream has ended");
        _time.AdvanceSeconds(1);
        foreach (var client in clients[1..]) await client.ReadUntilAsync("12:00");

        foreach (var client in clients[1..]) client.Abort();
        await server.UntilIdleAsync();
        Assert.That(_time.ActiveTimers, Is.Zero);
    }

    [Test]
    public async Task A_stream_that_begins_later_waits_for_almost_a_whole_period()
    {
        await using var server = Serve(TimeSpan.FromSeconds(16));
        var early = server.Connect();
        await early.AskAsync("/");
        await early.ReadUntilAsync("\r\n\r\n");
        _time.AdvanceSeconds(7.5);
        var late = server.Connect();
        await late.AskAsync("/");
        await late.ReadUntilAsync("\r\n\r\n");
        _time.AdvanceSeconds(8.5); // The early one's tick, at 16 s.
        await early.ReadUntilAsync("12:00");
        Assert.That(late.IsSilent);
        _time.AdvanceSeconds(6.5); // At 22.5 s: 15 s after it began.
        Assert.That(late.IsSilent);
        _time.AdvanceSeconds(1);
        await late.ReadUntilAsync("12:00");
    }

    [Test]
    public async Task A_slow_client_misses_ticks_and_gets_no_burst()
    {
        var produced = 0;
        var text = new string('x', 60_000);
        await using var server = new TestServer();
        server.Http.Map("GET /", request => Response.Every(TimeSpan.FromSeconds(1), _ => { produced++; return text; }, time: _time));
        var client = server.Connect();
        await client.AskAsync("/");
        await Patience.UntilAsync(() => _time.ActiveTimers == 1, "the stream has begun");
        for (var i = 0; i < 100; i++) _time.AdvanceSeconds(1);
        await client.ReadUntilAsync(text);
        await client.ReadUntilAsync(text);
        Assert.That(produced, Is.LessThan(10)); // What fits into the connection's buffer and the window, and what has room since.
    }

    [Test]
    public void A_period_below_a_millisecond_is_refused() =>
        Assert.That(() => Response.Every(TimeSpan.FromTicks(1), _ => ""), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public async Task A_handler_may_use_the_ticks_by_itself_and_several_of_them()
    {
        var ended = new Signal();
        await using var server = new TestServer();
        server.Http.Map("GET /", async (request, response) =>
        {
            await foreach (var now in request.Every(TimeSpan.FromSeconds(1), _time))
            {
                await response.WriteAsync($"{now:mm:ss} ");
                break;
            }
            var slow = Task.Run(async () =>
            {
                await foreach (var _ in request.Every(TimeSpan.FromHours(1), _time)) Assert.Fail("An hour has passed.");
            });
            await foreach (var now in request.Every(TimeSpan.FromSeconds(2), _time)) await response.WriteAsync($"{now:mm:ss} ");
            await slow; // Both have ended, and without an exception.
            ended.Set();
        });
        var client = server.Connect();
        await client.AskAsync("/");
        for (var second = 0; second < 5; second++)
        {
            await Patience.UntilAsync(() => _time.ActiveTimers == (second == 0 ? 1 : 2), "it waits for its ticks");
            _time.AdvanceSeconds(1);
        }
        Assert.That(await client.ReadUntilAsync("00:05"), Does.Contain("00:01").And.Contain("00:03"));

        client.Abort();
        await ended.WaitAsync();

        await server.UntilIdleAsync();
        Assert.That(_time.ActiveTimers, Is.Zero);
    }

    private TestServer Serve(TimeSpan period)
    {
        var server = new TestServer();
        server.Http.Map("GET /", request => Response.Every(period, now => $"{now:HH:mm}", time: _time));
        return server;
    }
}
