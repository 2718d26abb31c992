using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

// The invariant: at whatever moment a client hangs up, its stream is closed, it has joined and left once, what it was sent is a beginning of what it should have
// been sent, and nothing of it is left.

/// <summary>Clients that hang up at every moment.</summary>
[NonParallelizable] // It counts what belongs to the whole process.
public sealed class HangUpTests
{
    private const int Events = 12;

    private int _joins;
    private int _leaves;
    private Broadcast<string> _news = null!;

    [SetUp]
    public void CreateBroadcast() => (_joins, _leaves, _news) = (0, 0, New());

    [Test]
    public async Task After_any_number_of_bytes([Values] SlowConsumerPolicy policy)
    {
        using var rented = new RentedArrays();
        var furthest = 0;
        for (var bytes = 0; bytes < 500; bytes += 5)
        {
            _news = New();
            var connection = new FickleConnection(seed: bytes, bytes);
            var stream = new StagedStream(connection, _ => _news.Subscribe(options: new SubscribeOptions { SlowConsumer = policy }));
            for (var i = 1; i <= Events; i++) _news.Publish(Station.Text(i), key: $"{i % 2}");
            await _news.DeliveredAsync().Within();
            connection.HangUp(); // If it has not: conflated events are few.
            await Patience.UntilAsync(() => stream.HasEnded, $"the connection is closed after {bytes} bytes");

            var record = Heard.ParseChunks(StagedStream.Body(connection.Sent), out _);
            furthest = Math.Max(furthest, record.Count);
            Assert.That(record.Select(heard => heard.Sequence), Is.Ordered.And.Unique);
            Assert.That(connection.HasMixed, Is.False);
            AssertLeft(stream, $"after {bytes} bytes");
        }
        Assert.That(furthest, Is.GreaterThan(1));
        await Patience.UntilAsync(() => rented.Count == 0, "every array is returned");
    }

    [Test]
    public async Task Beside_everything_else([Range(1, 4)] int seed)
    {
        using var rented = new RentedArrays();
        var random = new Random(seed);
        for (var round = 0; round < 250; round++)
        {
            _news = New();
            var connection = new FickleConnection(random.Next());
            var spins = random.Next(3000);
            var hangingUp = Task.Run(() =>
            {
                Thread.SpinWait(spins);
                connection.HangUp();
            });
            var stream = new StagedStream(connection, _ => _news.Subscribe(["", "other"]));
            for (var i = 1; i <= Events; i++) _news.Publish(Station.Text(i), topic: i % 3 == 0 ? "other" : "");
            if (round % 3 == 0) stream.Subscription?.End();
            if (round % 5 == 0) _news.Complete();
            await hangingUp;
            await Patience.UntilAsync(() => stream.HasEnded, $"the connection is closed (seed {seed}, round {round})");

            var record = Heard.ParseChunks(StagedStream.Body(connection.Sent), out _);
            Assert.That(record.Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(1, record.Count)), $"seed {seed}, round {round}");
            AssertLeft(stream, $"seed {seed}, round {round}");
        }
        await Patience.UntilAsync(() => rented.Count == 0, "every array is returned");
    }

    [Test]
    public async Task Before_its_stream_is_open([Values] bool byReset)
    {
        TestClient client = null!;
        _news = new Broadcast<string>
        {
            OnJoin = (_, _) =>
            {
                _joins++;
                if (byReset) client.Abort();
                else client.Finish();
            },
            OnLeave = (_, _) => _leaves++,
        };
        await using var station = new Station(broadcast: _news);
        client = station.Server.Connect();
        station.Ask(client, out var target);
        await client.AskAsync(target);

        await Patience.UntilAsync(() => _leaves == 1, "it has left");
        Assert.That(_joins, Is.EqualTo(1));
        Assert.That(_news.Subscribers, Is.Zero);
        if (!byReset) Assert.That(await client.ReadToEndAsync(), Does.EndWith("\r\n\r\n0\r\n\r\n"));
        station.Server.Log.AssertQuiet(LogLevel.Warning);
    }

    /// <summary>Its head and what goes before the first event do not fit into the connection.</summary>
    [Test]
    public async Task While_the_head_is_being_sent()
    {
        await using var station = new Station(stream: new EventStreamOptions { Padding = EventStreamOptions.PaddingMax, First = new(new string('x', 200_000)) }, broadcast: _news);
        var client = station.Server.Connect();
        station.Ask(client, out var target);
        await client.AskAsync(target);
        Assert.That(_joins, Is.EqualTo(1));
        station.Broadcast.Publish("it waits for the head");
        await station.Broadcast.DeliveredAsync().Within();
        Assert.That(_leaves, Is.Zero);

        client.Abort();

        await Patience.UntilAsync(() => _leaves == 1, "it has left");
        Assert.That(_news.Subscribers, Is.Zero);
        station.Server.Log.AssertQuiet(LogLevel.Warning);
    }

    private Broadcast<string> New() => new(new BroadcastOptions { MaxEvents = 1000 })
    {
        OnJoin = (_, _) => Interlocked.Increment(ref _joins),
        OnLeave = (_, _) => Interlocked.Increment(ref _leaves),
    };

    private void AssertLeft(StagedStream stream, string when)
    {
        Assert.That(_news.Subscribers, Is.Zero, when);
        Assert.That(_news.CountFollowers() + _news.CountFollowers("other"), Is.Zero, when);
        Assert.That(_leaves, Is.EqualTo(_joins), when);
        stream.Log.AssertQuiet(LogLevel.Warning);
    }
}
