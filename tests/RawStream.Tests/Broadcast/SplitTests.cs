using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Broadcast;

// The invariant: however few bytes a send takes, and whenever the next one may go on, the bytes on the wire are whole chunks, each one event.

/// <summary>A transport that takes events in parts.</summary>
public sealed class SplitTests
{
    /// <summary>What fits goes; the rest when the client has read: so the first send is split at every position.</summary>
    [Test]
    public async Task A_window_of_every_size_gets_every_byte_right([Values] SlowConsumerPolicy policy)
    {
        for (var window = 1; window <= 160; window++)
        {
            var ledger = new Ledger();
            var news = new Broadcast<string>(new BroadcastOptions { MaxEvents = 100, SlowConsumer = policy });
            var connection = new MemoryConnection(new TransportLimits(64 * 1024, 64 * 1024), window);
            var stream = new StagedStream(connection, _ => news.Subscribe());
            await using var listener = new Listener(TestClient.Over(connection.Client), () => stream.Subscription);
            var asking = listener.Client.SendAsync(StagedStream.Request.ToArray());
            await listener.ReadHeadAsync();
            await asking;

            for (var i = 0; i < 12; i++)
            {
                ledger.Publish(news, new string((char)('a' + i), window * i % 150));
                if (i % 3 == 0) await news.DeliveredAsync().Within();
            }
            news.Complete();

            await listener.ReadToEndAsync();
            Assert.That(listener.HasEnded, $"window {window}");
            Assert.That(ledger.Check(listener.Record, 0, 12, $"window {window}"), Is.Zero);
        }
    }

    [Test]
    public async Task A_fickle_transport_gets_every_byte_right([Values] SlowConsumerPolicy policy, [Range(1, 3)] int seed)
    {
        var random = new Random(seed);
        var ledger = new Ledger();
        var news = new Broadcast<string>(new BroadcastOptions { MaxEvents = 2000, MaxBytes = 32 * 1024 * 1024, SlowConsumer = policy });
        var connection = new FickleConnection(seed, bound: seed == 1 ? 4096 : 64 * 1024);
        var stream = new StagedStream(connection, _ => news.Subscribe(["a", "b"]));
        await Patience.UntilAsync(() => news.Subscribers == 1, "it is open");

        for (var i = 0; i < 400; i++)
        {
            ledger.Publish(news, new string('x', random.Next(random.Next(20) == 0 ? 100_000 : 300)), random.Next(3) == 0 ? "a" : "b");
            if (random.Next(30) == 0) await news.DeliveredAsync().Within();
        }
        news.Complete();
        await Patience.UntilAsync(() => news.Subscribers == 0, "the stream has ended");
        await Patience.UntilAsync(() => StagedStream.Body(connection.Sent).EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal), "all is sent");

        var record = Heard.ParseChunks(StagedStream.Body(connection.Sent), out var hasEnded);
        Assert.That(hasEnded);
        Assert.That(connection.HasMixed, Is.False);
        Assert.That(ledger.Check(record, 0, 400, $"seed {seed}", false, "a", "b"), Is.Zero);
        connection.HangUp();
        await Patience.UntilAsync(() => stream.HasEnded, "the connection is closed");
        stream.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task An_event_of_any_size_arrives_right([Values] bool isStalled, [Values(60_000, 65_535, 65_536, 70_000, 300_000, 1_000_000)] int size)
    {
        await using var station = new Station();
        var listener = await station.ListenAsync();
        var ledger = new Ledger();
        if (isStalled) await station.StallAsync(listener);
        var before = station.LastSequence;
        for (var sequence = 1; sequence <= before; sequence++) ledger.Add(sequence, Station.Text(sequence, Station.Large));

        foreach (var letter in "abc") ledger.Publish(station.Broadcast, new string(letter, size / 3) + new string('.', size - size / 3));
        ledger.Publish(station.Broadcast, "last");
        await listener.ReadUntilAsync(before + 4);

        ledger.Check(listener.Record, 0, before + 4);
        Assert.That(listener.Record, Has.Count.GreaterThan(before + 1), "one large event and a small one at least");
    }
}
