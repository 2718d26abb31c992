using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>How far a client is behind, as a handler, or whoever watches it, gets to see it.</summary>
public sealed class StreamHealthTests
{
    private static readonly string Text = new('x', 1000);
    private static readonly string Chunk = OnTheWire.Chunk($"data: {Text}\n\n");

    private TestServer _server = null!;

    [SetUp]
    public void CreateServer() => _server = new TestServer(timeouts: new HttpTimeouts { Write = Timeout.InfiniteTimeSpan });

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [Test]
    public async Task Of_a_client_that_keeps_up_nothing_is_queued([Values] bool overSocket)
    {
        var (client, events) = await HeldStream.Map(_server).OpenAsync(_server, overSocket);

        for (var i = 0; i < 100; i++)
        {
            await events.WriteAsync(Text);
            await client.ReadTextAsync(Chunk.Length);
        }

        await Patience.UntilAsync(() => events.Health is { QueuedBytes: 0, OldestQueued.Ticks: 0 }, "all is sent");
    }

    [Test]
    public async Task Of_a_client_that_does_not_read_more_and_more_is_queued_and_gets_old([Values] bool overSocket)
    {
        var (client, events) = await HeldStream.Map(_server).OpenAsync(_server, overSocket);

        var (written, pending) = await HeldStream.WriteUntilItWaitsAsync(events, Text);
        var health = events.Health;
        Assert.That(health.QueuedBytes, Is.InRange(1, 64 * 1024));
        await Patience.UntilAsync(() => events.Health.OldestQueued >= health.OldestQueued + TimeSpan.FromMilliseconds(30), "the oldest byte gets older");
        Assert.That(events.Health.QueuedBytes, Is.EqualTo(health.QueuedBytes), "nothing was taken");

        for (; written > 0; written--) await client.ReadTextAsync(Chunk.Length);
        await pending.Within();
        await Patience.UntilAsync(() => events.Health is { QueuedBytes: 0, OldestQueued.Ticks: 0 }, "all is sent");
    }

    [Test]
    public async Task What_is_sent_in_part_is_queued_less([Values] bool overSocket)
    {
        var (client, events) = await HeldStream.Map(_server).OpenAsync(_server, overSocket);
        var (written, pending) = await HeldStream.WriteUntilItWaitsAsync(events, Text);
        var before = events.Health.QueuedBytes;

        var left = written / 2;
        for (; written > left; written--) await client.ReadTextAsync(Chunk.Length);
        await Patience.UntilAsync(() => events.Health.QueuedBytes < before, "less is queued");

        for (; written > 0; written--) await client.ReadTextAsync(Chunk.Length);
        await pending.Within();
    }

    [Test]
    public async Task Over_TCP_on_Linux_the_kernel_tells_what_it_knows()
    {
        var (client, events) = await HeldStream.Map(_server).OpenAsync(_server, overSocket: true);
        if (!OperatingSystem.IsLinux())
        {
            Assert.That((events.Health.UnacknowledgedBytes, events.Health.RoundTrip), Is.EqualTo(((long?)null, (TimeSpan?)null)));
            return;
        }

        await Patience.UntilAsync(() => events.Health.UnacknowledgedBytes == 0, "the head is acknowledged");
        Assert.That(events.Health.RoundTrip, Is.GreaterThan(TimeSpan.Zero).And.LessThan(TimeSpan.FromSeconds(10)));
        var (written, pending) = await HeldStream.WriteUntilItWaitsAsync(events, Text);
        Assert.That(events.Health.UnacknowledgedBytes, Is.InRange(1L, (long)written * Chunk.Length));

        for (; written > 0; written--) await client.ReadTextAsync(Chunk.Length);
        await pending.Within();
        await Patience.UntilAsync(() => events.Health.UnacknowledgedBytes == 0, "all is acknowledged");
    }

    [Test]
    public async Task In_memory_there_is_no_kernel_to_ask()
    {
        var (_, events) = await HeldStream.Map(_server).OpenAsync(_server);

        Assert.That((events.Health.UnacknowledgedBytes, events.Health.RoundTrip), Is.EqualTo(((long?)null, (TimeSpan?)null)));
    }

    [Test]
    public async Task Any_thread_may_ask_while_the_handler_writes([Values] bool overSocket)
    {
        const int count = 3000;
        var (client, events) = await HeldStream.Map(_server).OpenAsync(_server, overSocket);
        var stop = new Signal();
        var asked = new Signal();
        var asking = Task.Factory.StartNew(
            () =>
            {
                for (; !stop.HasCome; asked.Set())
                {
                    var health = events.Health;
                    if (health.QueuedBytes is < 0 or > 64 * 1024 || health.OldestQueued < TimeSpan.Zero || health.UnacknowledgedBytes < 0) throw new InvalidDataException($"{health}");
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await asked.WaitAsync();

        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++) await events.WriteAsync(Text);
        });
        for (var i = 0; i < count; i++) Assert.That(await client.ReadTextAsync(Chunk.Length), Is.EqualTo(Chunk));
        await writing.Within();
        stop.Set();

        await asking.Within();
    }

    [Test]
    public async Task Of_a_client_that_is_gone_nothing_is_queued([Values] bool overSocket)
    {
        var (client, events) = await HeldStream.Map(_server).OpenAsync(_server, overSocket);
        var (_, pending) = await HeldStream.WriteUntilItWaitsAsync(events, Text);
        await Patience.UntilAsync(() => events.Health.OldestQueued > TimeSpan.Zero, "the oldest byte gets older");

        client.Abort();
        await Assert.ThatAsync(() => pending.Within(), Throws.InstanceOf<OperationCanceledException>());

        var health = events.Health;
        Assert.That((health.QueuedBytes, health.OldestQueued), Is.EqualTo((0, TimeSpan.Zero)));
    }

    [Test]
    public async Task A_response_of_any_kind_has_it()
    {
        var health = new TaskCompletionSource<StreamHealth>();
        _server.Http.Map("GET /", async (request, response) =>
        {
            var write = response.WriteAsync(new byte[200_000]).AsTask();
            health.SetResult(response.Health);
            await write;
        });
        var client = _server.Connect();

        await client.AskAsync("/");

        Assert.That((await health.Task.Within()).QueuedBytes, Is.GreaterThan(0));
        Assert.That((await client.ReadReplyAsync()).Text, Has.Length.EqualTo(200_000));
    }
}
