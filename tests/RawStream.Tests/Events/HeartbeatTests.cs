using NUnit.Framework;
using RawStream.Streaming;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Events;

// The timer looks at a stream every quarter of a second, and so sees a write up to that much later: what is due after 11.25 to 15 s comes
// after 11.25 to 15.25 s.

/// <summary>A silent stream sends a comment now and then, which keeps it open; one that speaks does not. The clock is the test's.</summary>
public sealed class HeartbeatTests
{
    private const double Never = 11.25;
    private const double Surely = 15.25;

    private static readonly string Event = OnTheWire.Chunk("data: x\n\n");

    private ManualTime _time = null!;
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer()
    {
        _time = new ManualTime();
        _server = new TestServer(time: _time);
    }

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [Test]
    public async Task A_silent_stream_speaks_after_eleven_to_fifteen_seconds_and_again([Values] bool overSocket)
    {
        var (client, _) = await HeldStream.Map(_server).OpenAsync(_server, overSocket);

        await AssertSilentAsync(client, Never);
        await AssertSpeaksAsync(client, Surely - Never);
        // The next one is due as long after the first, which was sent somewhere between.
        await AssertSilentAsync(client, 2 * Never - Surely - 0.25);
        await AssertSpeaksAsync(client, Surely - (2 * Never - Surely - 0.25));
        _server.Log.AssertQuiet();
    }

    [Test]
    public async Task A_stream_that_stays_silent_speaks_as_often_as_it_must()
    {
        var (client, events) = await HeldStream.Map(_server).OpenAsync(_server);

        for (var i = 0; i < 120; i++)
        {
            _time.AdvanceSeconds(5);
            await PoolTurn.PassAsync();
        }
        await events.WriteAsync("x");

        var heartbeats = (await client.ReadUntilAsync(Event))[..^Event.Length];
        Assert.That(heartbeats, Is.EqualTo(string.Concat(Enumerable.Repeat(OnTheWire.Heartbeat, heartbeats.Length / OnTheWire.Heartbeat.Length))));
        Assert.That(heartbeats.Length / OnTheWire.Heartbeat.Length, Is.InRange((int)(600 / Surely), (int)(600 / Never)));
    }

    [Test]
    public async Task The_silence_begins_with_the_last_event([Values] bool comment)
    {
        var (client, events) = await HeldStream.Map(_server).OpenAsync(_server);

        for (var i = 0; i < 20; i++)
        {
            if (comment) await events.WriteCommentAsync("");
            else await events.WriteAsync("x");
            await client.ReadUntilAsync("\n\n\r\n");
            await AssertSilentAsync(client, Never);
            await AssertSpeaksAsync(client, Surely - Never);
        }
    }

    [Test]
    public async Task A_stream_that_speaks_often_has_none()
    {
        var (client, events) = await HeldStream.Map(_server).OpenAsync(_server);

        for (var i = 0; i < 60; i++)
        {
            await events.WriteAsync("x");
            Assert.That(await client.ReadTextAsync(Event.Length), Is.EqualTo(Event));
            await AssertSilentAsync(client, 11);
        }
    }

    [Test]
    public async Task The_interval_is_an_option([Values(0.25, 1, 60, 3600)] double seconds)
    {
        var (client, events) = await HeldStream.Map(_server, options: new EventStreamOptions { Heartbeat = TimeSpan.FromSeconds(seconds) }).OpenAsync(_server);

        for (var i = 0; i < 3; i++)
        {
            await AssertSilentAsync(client, 0.75 * seconds);
            await AssertSpeaksAsync(client, 0.25 * seconds + 0.25);
            await events.WriteAsync("x");
            Assert.That(await client.ReadTextAsync(Event.Length), Is.EqualTo(Event));
        }
    }

    [Test]
    public async Task It_can_be_turned_off()
    {
        var (client, events) = await HeldStream.Map(_server, options: new EventStreamOptions { Heartbeat = Timeout.InfiniteTimeSpan }).OpenAsync(_server);

        await AssertSilentAsync(client, 3600);
        await events.WriteAsync("x");

        Assert.That(await client.ReadTextAsync(Event.Length), Is.EqualTo(Event));
    }

    [Test]
    public async Task A_sequence_has_it_too([Values] bool withPrelude)
    {
        var feed = new Feed<string>();
        var options = new EventStreamOptions { Retry = withPrelude ? TimeSpan.FromSeconds(1) : null };
        _server.Http.Map("GET /", _ => Response.Events(feed, options: options));
        var client = _server.Connect();
        await client.AskAsync("/");
        await client.ReadUntilAsync(withPrelude ? "retry: 1000\n\n\r\n" : "\r\n\r\n");

        await AssertSilentAsync(client, Never);
        await AssertSpeaksAsync(client, Surely - Never);
        feed.Give("x");
        Assert.That(await client.ReadTextAsync(Event.Length), Is.EqualTo(Event));
    }

    [Test]
    public async Task HTTP_1_0_gets_it_without_a_chunk()
    {
        var stream = HeldStream.Map(_server);
        var client = _server.Connect();
        await client.SendAsync("GET /events HTTP/1.0\r\nHost: test\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\n");

        _time.AdvanceSeconds(Surely);
        Assert.That(await client.ReadTextAsync(3), Is.EqualTo(":\n\n"));
        stream.End();

        Assert.That(await client.ReadToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task After_the_handler_there_is_none([Values] bool spokeBefore)
    {
        var stream = HeldStream.Map(_server);
        _server.Http.Map("GET /text", _ => "hello");
        var (client, _) = await stream.OpenAsync(_server);
        if (spokeBefore) await AssertSpeaksAsync(client, Surely);

        stream.End();
        Assert.That(await client.ReadUntilAsync(OnTheWire.LastChunk), Is.EqualTo(OnTheWire.LastChunk));
        await AssertSilentAsync(client, 60);

        Assert.That((await client.GetAsync("/text")).Text, Is.EqualTo("hello"));
    }

    [Test]
    public async Task No_other_response_has_it()
    {
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stream = HeldStream.Map(_server);
        _server.Http.Map("GET /stream", async (request, response) =>
        {
            await response.WriteAsync("x");
            await mayEnd.Task;
        });
        var (client, _) = await stream.OpenAsync(_server);
        stream.End();
        await client.ReadUntilAsync(OnTheWire.LastChunk);

        await client.AskAsync("/stream");
        await client.ReadUntilAsync("\r\n\r\n");
        Assert.That(await client.ReadUntilAsync("x\r\n"), Is.EqualTo("1\r\nx\r\n"));
        await AssertSilentAsync(client, 60);
        mayEnd.SetResult();

        Assert.That(await client.ReadUntilAsync(OnTheWire.LastChunk), Is.EqualTo(OnTheWire.LastChunk));
    }

    /// <summary>A client that vanished without a word is noticed by it.</summary>
    [Test]
    public async Task It_finds_out_that_the_client_is_gone()
    {
        var feed = new Feed<string>();
        using var peer = new FakePeer(Response.Events(feed));
        peer.Ask();
        peer.Connection.OnSend = _ => Connection.Lost;

        peer.Time.AdvanceSeconds(Surely);

        await feed.Cancelled.WaitAsync();
        await feed.Disposed.WaitAsync();
    }

    [Test]
    public async Task Many_streams_do_not_speak_in_one_beat()
    {
        const int streams = 200;
        var clients = new List<TestClient>();
        _server.Http.Map("GET /", _ => Response.Events(new Feed<string>()));
        for (var i = 0; i < streams; i++)
        {
            var client = _server.Connect();
            await client.AskAsync("/");
            await client.ReadUntilAsync("\r\n\r\n");
            clients.Add(client);
        }
        _time.AdvanceSeconds(Never);
        await PoolTurn.PassAsync();
        Assert.That(clients.Count(client => !client.IsSilent), Is.Zero);

        var beats = new List<int>();
        for (var before = 0; _time.GetUtcNow().TimeOfDay.TotalSeconds % 60 < Surely; before += beats[^1])
        {
            _time.AdvanceSeconds(0.25);
            await PoolTurn.PassAsync();
            beats.Add(clients.Count(client => !client.IsSilent) - before);
        }

        await Patience.UntilAsync(() => clients.All(client => !client.IsSilent), "all have spoken");
        Assert.That(beats, Has.Count.EqualTo(16));
        Assert.That(beats, Is.All.LessThan(streams / 4), "they are spread");
        Assert.That(beats.Count(beat => beat > 0), Is.GreaterThan(8), "over all of the last quarter");
    }

    /// <summary>The same for one clock, and exact: milliseconds instead of beats.</summary>
    [Test]
    public void The_jitter_is_the_last_quarter_and_all_of_it()
    {
        var dues = Enumerable.Range(0, 2000).Select(_ =>
        {
            var clock = new IdleClock(TimeSpan.FromSeconds(15));
            Assert.That(clock.IsDue(1), Is.False, "the first look starts it");
            var now = 1;
            while (!clock.IsDue(++now))
            {
                // It goes on.
            }
            return now - 1;
        }).ToList();

        Assert.That(dues, Is.All.InRange(11_250, 15_000));
        Assert.That(dues.Min(), Is.LessThan(11_500));
        Assert.That(dues.Max(), Is.GreaterThan(14_750));
    }

    private async Task AssertSilentAsync(TestClient client, double seconds)
    {
        _time.AdvanceSeconds(seconds);
        await PoolTurn.PassAsync();
        Assert.That(client.IsSilent, $"{seconds} s of silence");
    }

    private async Task AssertSpeaksAsync(TestClient client, double seconds)
    {
        _time.AdvanceSeconds(seconds);
        Assert.That(await client.ReadTextAsync(OnTheWire.Heartbeat.Length), Is.EqualTo(OnTheWire.Heartbeat));
        await PoolTurn.PassAsync();
        Assert.That(client.IsSilent, "once");
    }
}
