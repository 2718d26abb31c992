using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>Delivered, dropped and conflated events add up to what was published, and the client's record says the same: for each policy, in random runs.</summary>
public sealed class CountTests
{
    [Test]
    public async Task The_counts_add_up(
        [Values(SlowConsumerPolicy.DropOldest, SlowConsumerPolicy.DropNewest, SlowConsumerPolicy.Wait)] SlowConsumerPolicy policy, [Range(1, 8)] int seed)
    {
        var random = new Random(seed);
        var why = $"seed {seed}";
        var options = new BroadcastOptions { MaxEvents = random.Next(1, 60), MaxBytes = random.Next(8_000, 200_000), SlowConsumer = policy };
        await using var station = new Station(options);
        var ledger = new Ledger();
        for (var i = random.Next(20); i > 0; i--) await PublishAsync(station, ledger, random, null);
        var joined = station.LastSequence;
        var listener = await station.ListenAsync();
        if (random.Next(2) == 0) listener.Client.ReadAtMost(random.Next(1, 3000));

        for (var round = 0; round < 12; round++)
        {
            for (var count = random.Next(60); count > 0; count--) await PublishAsync(station, ledger, random, listener);
            await station.Broadcast.DeliveredAsync().Within();
            await ReadAsync(listener, random.Next(40));
            Assert.That(listener.Subscription.Passed(), Is.LessThanOrEqualTo(station.LastSequence - joined), why);
        }
        while (listener.Subscription.Passed() < station.LastSequence - joined) await listener.ReadAsync();
        await ReadAsync(listener, int.MaxValue);

        Assert.That(ledger.Check(listener.Record, joined, station.LastSequence, why), Is.EqualTo(listener.Subscription.Dropped), why);
        Assert.That(listener.Subscription.Delivered, Is.EqualTo(listener.Record.Count - listener.Gaps.Count), why);
        Assert.That(listener.Subscription.Passed(), Is.EqualTo(station.LastSequence - joined), why);
        if (policy == SlowConsumerPolicy.Wait) Assert.That(listener.Subscription.Dropped, Is.Zero, why);
    }

    [Test]
    public async Task One_that_is_disconnected_has_had_a_run_of_events_and_nothing_behind_it([Range(1, 8)] int seed)
    {
        var random = new Random(seed);
        await using var station = new Station(new BroadcastOptions { MaxEvents = random.Next(1, 60), SlowConsumer = SlowConsumerPolicy.Disconnect });
        var ledger = new Ledger();
        var listener = await station.ListenAsync();

        while (station.Broadcast.Subscribers > 0)
        {
            await PublishAsync(station, ledger, random, listener);
            if (random.Next(10) == 0) await ReadAsync(listener, random.Next(3));
        }
        await listener.ReadToEndAsync();

        Assert.That(listener.HasEnded, Is.False);
        Assert.That(ledger.Check(listener.Record, 0, listener.Record[^1].Sequence, $"seed {seed}"), Is.Zero);
        Assert.That(listener.Subscription.Delivered, Is.GreaterThanOrEqualTo(listener.Record.Count));
    }

    /// <summary>The buffers of the kernel, which are large and grow as they like.</summary>
    [Test]
    public async Task Over_TCP_too([Values(SlowConsumerPolicy.DropOldest, SlowConsumerPolicy.DropNewest, SlowConsumerPolicy.ConflateByKey)] SlowConsumerPolicy policy)
    {
        const int size = 100_000;
        await using var station = new Station(new BroadcastOptions { MaxEvents = 10, SlowConsumer = policy });
        var listener = await station.ListenAsync(overTcp: true);
        await station.StallAsync(listener, size);
        for (var i = 0; i < 60; i++) await station.PublishAsync(1, size, key: $"{i % 3}");
        var ledger = new Ledger();
        for (var sequence = 1; sequence <= station.LastSequence; sequence++) ledger.Add(sequence, Station.Text(sequence, size));

        await listener.ReadUntilAsync(station.LastSequence);

        var subscription = listener.Subscription;
        Assert.That(subscription.Delivered, Is.EqualTo(listener.Record.Count - listener.Gaps.Count));
        Assert.That(subscription.Passed(), Is.EqualTo(station.LastSequence));
        Assert.That(subscription.Dropped + subscription.Conflated, Is.Positive);
        if (policy == SlowConsumerPolicy.ConflateByKey) Assert.That(listener.Record.Select(heard => heard.Sequence), Is.Ordered.And.Unique);
        else Assert.That(ledger.Check(listener.Record, 0, station.LastSequence), Is.EqualTo(subscription.Dropped));
    }

    private static async Task PublishAsync(Station station, Ledger ledger, Random random, Listener? listener)
    {
        var text = Station.Text(station.LastSequence + 1, random.Next(random.Next(4) == 0 ? 6000 : 600));
        while (true)
        {
            try
            {
                ledger.Publish(station.Broadcast, text);
                break;
            }
            catch (InvalidOperationException)
            {
                await ReadAsync(listener!, 1); // It is waited for.
            }
        }
        if (random.Next(2) == 0) await station.Broadcast.DeliveredAsync().Within();
    }

    /// <summary>Reads some of the events that it was sent and has not read, or all of them.</summary>
    private static async Task ReadAsync(Listener listener, int count)
    {
        for (; count > 0 && listener.Record.Count - listener.Gaps.Count < listener.Subscription.Delivered; count--)
            if (await listener.ReadAsync() is null) return;
    }
}
