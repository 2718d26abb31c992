using System.Globalization;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

// The invariant: a heartbeat is a chunk of its own between two events of its own response, whatever is written, sent or ended while it is
// on its way.

/// <summary>Heartbeats that come at a bad time.</summary>
public sealed class HeartbeatRaceTests
{
    private static readonly EventStreamOptions Often = new() { Heartbeat = TimeSpan.FromMilliseconds(250) };

    private ManualTime _time = null!;
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer()
    {
        _time = new ManualTime();
        _server = new TestServer(time: _time, timeouts: new HttpTimeouts { Write = Timeout.InfiniteTimeSpan, KeepAlive = Timeout.InfiniteTimeSpan });
    }

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    /// <summary>What the timer has queued has its turn when it likes: here, after the end.</summary>
    [Test]
    public async Task One_that_was_queued_when_the_handler_ended_reaches_no_other_response()
    {
        var stream = HeldStream.Map(_server);
        var next = HeldStream.Map(_server, "/next");
        var (client, ended) = await stream.OpenAsync(_server);
        stream.End();
        await client.ReadUntilAsync(OnTheWire.LastChunk);

        ((IThreadPoolWorkItem)ended).Execute();
        await client.AskAsync("/next");
        await client.ReadUntilAsync("\r\n\r\n");
        ((IThreadPoolWorkItem)ended).Execute();
        await (await next.Events).WriteAsync("x");

        var expected = OnTheWire.Chunk("data: x\n\n");
        Assert.That(await client.ReadTextAsync(expected.Length), Is.EqualTo(expected));
    }

    [Test]
    public async Task Streams_that_end_when_one_is_due_are_followed_by_whole_responses()
    {
        const int rounds = 400;
        var stream = new HeldStream();
        _server.Http.Map("GET /events", _ => Response.Events(stream.WriteAsync, Often));
        _server.Http.Map("GET /text", _ => "hello");
        var client = _server.Connect();
        var heartbeats = 0;

        for (var round = 0; round < rounds; round++)
        {
            stream = new HeldStream();
            await client.AskAsync("/events");
            await stream.Events;
            if (round % 2 == 0) stream.End();
            _time.AdvanceSeconds(0.5);
            if (round % 3 == 0) await PoolTurn.PassAsync();
            stream.End();
            var chunks = (await client.ReadReplyAsync()).Chunks;
            Assert.That(chunks, Is.Empty.Or.EqualTo(new[] { ":\n\n" }));
            heartbeats += chunks.Count;
            Assert.That((await client.GetAsync("/text")).Text, Is.EqualTo("hello"));
        }

        Assert.That(heartbeats, Is.InRange(rounds / 20, rounds), "they were sent now and then");
        _server.Log.AssertQuiet();
    }

    [Test]
    public async Task While_a_large_event_is_sent_in_part_there_is_none([Values] bool overSocket)
    {
        var data = new string('x', overSocket ? 20_000_000 : 2_000_000); // More than the kernel holds, or the window.
        var (client, events) = await HeldStream.Map(_server, options: Often).OpenAsync(_server, overSocket);

        var writing = events.WriteAsync(data).AsTask();
        var expected = OnTheWire.Chunk($"data: {data}\n\n");
        var received = "";
        for (var part = 0; part < 10; part++)
        {
            Assert.That(writing.IsCompleted, Is.False);
            _time.AdvanceSeconds(1);
            await PoolTurn.PassAsync();
            received += await client.ReadTextAsync(100_000);
        }
        received += await client.ReadTextAsync(expected.Length - received.Length);
        await writing.Within();

        Assert.That(received == expected, "something is in the middle of the event");
        _time.AdvanceSeconds(1);
        Assert.That(await client.ReadTextAsync(OnTheWire.Heartbeat.Length), Is.EqualTo(OnTheWire.Heartbeat), "after it there is one");
    }

    [Test]
    public async Task While_a_write_is_pending_there_is_none()
    {
        var text = new string('x', 1000);
        var chunk = OnTheWire.Chunk($"data: {text}\n\n");
        var (client, events) = await HeldStream.Map(_server, options: Often).OpenAsync(_server);
        var (written, pending) = await HeldStream.WriteUntilItWaitsAsync(events, text);

        _time.AdvanceSeconds(60);
        await PoolTurn.PassAsync();
        Assert.That(pending.IsCompleted, Is.False);

        for (; written > 0; written--) Assert.That(await client.ReadTextAsync(chunk.Length), Is.EqualTo(chunk));
        await pending.Within();
        _server.Log.AssertQuiet();
    }

    /// <summary>A client that is behind is not silent: it has something to read.</summary>
    [Test]
    public async Task While_the_client_has_something_to_read_there_is_none()
    {
        const int count = 100; // More than the window holds, and less than that and the buffer.
        var text = new string('x', 1000);
        var chunk = OnTheWire.Chunk($"data: {text}\n\n");
        var (client, events) = await HeldStream.Map(_server, options: Often).OpenAsync(_server);
        for (var i = 0; i < count; i++)
        {
            await events.WriteAsync(text).AsTask().Within();
            await PoolTurn.PassAsync(); // The window is filled first: a full buffer would make the writer wait for a client that does not read yet.
        }

        _time.AdvanceSeconds(60);
        await PoolTurn.PassAsync();

        Assert.That(events.Health.QueuedBytes, Is.GreaterThan(0));
        for (var i = 0; i < count; i++) Assert.That(await client.ReadTextAsync(chunk.Length), Is.EqualTo(chunk));
        await PoolTurn.PassAsync();
        Assert.That(client.IsSilent);
    }

    /// <summary>Between two of its pieces nothing is queued, for a moment.</summary>
    [Test]
    public async Task Between_the_pieces_of_a_large_event_there_is_none([Values] bool overSocket)
    {
        var data = new string('x', 20_000_000);
        var (client, events) = await HeldStream.Map(_server).OpenAsync(_server, overSocket);

        var writing = events.WriteAsync(data).AsTask();
        var beating = BeatAsync(events, () => writing.IsCompleted);
        var expected = OnTheWire.Chunk($"data: {data}\n\n");
        var received = await client.ReadTextAsync(expected.Length);
        await writing.Within();
        await beating.Within();

        Assert.That(received == expected, "something is in the middle of the event");
    }

    [Test]
    public async Task Beside_a_busy_writer_each_is_a_chunk_between_two_events([Values] bool overSocket, [Values(1, 2, 0)] int seed)
    {
        if (seed == 0) seed = Random.Shared.Next();
        var random = new Random(seed);
        var sizes = Enumerable.Range(0, 200).Select(_ => random.Next(random.Next(4) == 0 ? 200_000 : 3000)).ToArray();
        var (client, events) = await HeldStream.Map(_server).OpenAsync(_server, overSocket);
        client.ReadAtMost(random.Next(5000, 50_000));
        var written = new Signal();
        var beating = BeatAsync(events, () => written.HasCome);
        await client.ReadUntilAsync(OnTheWire.Heartbeat);

        var writing = Task.Run(async () =>
        {
            foreach (var size in sizes) await events.WriteAsync(new string('x', size));
            written.Set();
            await beating;
            await events.WriteAsync("[DONE]");
        });
        var read = new List<string>();
        for (var chunk = ""; chunk != "data: [DONE]\n\n";)
        {
            chunk = await ReadChunkAsync(client);
            if (chunk != ":\n\n") read.Add(chunk);
        }
        await writing.Within();

        Assert.That(read.SkipLast(1).Select(chunk => chunk.Length - "data: \n\n".Length), Is.EqualTo(sizes), $"seed {seed}");
        Assert.That(read.SkipLast(1).Select(chunk => chunk.Trim('x', '\n')), Is.All.EqualTo("data: "), $"seed {seed}");
        _server.Log.AssertQuiet();
    }

    private static async Task<string> ReadChunkAsync(TestClient client)
    {
        var size = int.Parse(await client.ReadLineAsync(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        var chunk = await client.ReadTextAsync(size);
        Assert.That(await client.ReadLineAsync(), Is.Empty);
        return chunk;
    }

    /// <summary>One heartbeat after the other, much more often than the timer has them, until then.</summary>
    private static Task BeatAsync(EventWriter events, Func<bool> until) => Task.Factory.StartNew(
        () =>
        {
            while (!until()) ((IThreadPoolWorkItem)events).Execute();
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
