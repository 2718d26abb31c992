using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>The policy Wait: publishers wait for the slowest, and nothing is lost.</summary>
public sealed class WaitTests
{
    private const int Kept = 10;

    private static readonly BroadcastOptions Small = new() { Epoch = "e", MaxEvents = Kept, SlowConsumer = SlowConsumerPolicy.Wait };

    [Test]
    public async Task Publishing_at_once_throws_and_publishing_later_waits_until_the_client_reads()
    {
        await using var station = new Station(Small);
        var listener = await station.ListenAsync();
        var last = await FillAsync(station, listener);

        Assert.That(() => station.Broadcast.Publish("too much"), Throws.InvalidOperationException);
        Assert.That(station.LastSequence, Is.EqualTo(last), "what was refused has no sequence");
        var publishing = station.Broadcast.PublishAsync("one more").AsTask();
        Assert.That(publishing.IsCompleted, Is.False);

        await listener.ReadUntilAsync(last);
        await publishing.Within();
        await listener.ReadUntilAsync(last + 1);
        Assert.That(listener.Record.Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(1, last + 1)));
        Assert.That(listener.Record[^1].Data, Is.EqualTo("one more"));
        Assert.That(listener.Subscription.Dropped, Is.Zero);
    }

    [TestCase("FIN")]
    [TestCase("RST")]
    [TestCase("unfollows")]
    [TestCase("is stalled for too long")]
    public async Task Publishers_go_on_when_the_client_leaves(string how)
    {
        var time = new ManualTime();
        await using var station = new Station(Small, time: time);
        var listener = await station.ListenAsync();
        await FillAsync(station, listener);
        var publishing = station.Broadcast.PublishAsync("one more").AsTask();
        Assert.That(publishing.IsCompleted, Is.False);

        switch (how)
        {
            case "FIN":
                await listener.DisposeAsync();
                break;
            case "RST":
                listener.Client.Abort();
                break;
            case "unfollows":
                listener.Subscription.Unfollow("");
                break;
            default:
                time.AdvanceSeconds(10);
                break;
        }

        await publishing.Within();
        if (how != "unfollows") await Patience.UntilAsync(() => station.Broadcast.Subscribers == 0, "it has left");
    }

    [Test]
    public async Task A_publisher_that_waits_can_be_told_to_stop_and_its_event_is_not_published()
    {
        await using var station = new Station(Small);
        var listener = await station.ListenAsync();
        var last = await FillAsync(station, listener);
        using var stop = new CancellationTokenSource();
        var publishing = station.Broadcast.PublishAsync("never", cancellationToken: stop.Token).AsTask();

        await stop.CancelAsync();

        await Assert.ThatAsync(() => publishing.Within(), Throws.InstanceOf<OperationCanceledException>());
        await listener.ReadUntilAsync(last);
        await station.PublishAsync(1);
        Assert.That((await listener.ReadAsync())!.Sequence, Is.EqualTo(last + 1));
    }

    [Test]
    public async Task A_publisher_that_waits_hears_that_it_is_completed()
    {
        await using var station = new Station(Small);
        var listener = await station.ListenAsync();
        await FillAsync(station, listener);
        var publishing = station.Broadcast.PublishAsync("never").AsTask();

        station.Broadcast.Complete();

        await Assert.ThatAsync(() => publishing.Within(), Throws.InvalidOperationException);
    }

    [Test]
    public async Task Only_the_topic_that_is_full_is_waited_for()
    {
        await using var station = new Station(Small);
        var listener = await station.ListenAsync();
        await FillAsync(station, listener);

        for (var i = 0; i < 100; i++) station.Broadcast.Publish("elsewhere", topic: "other");
    }

    [Test]
    public async Task The_slowest_sets_the_pace_and_nobody_loses_anything([Values] bool overTcp)
    {
        const int events = 2000;
        await using var station = new Station(Small);
        var listeners = new List<Listener>();
        for (var i = 0; i < 4; i++) listeners.Add(await station.ListenAsync(overTcp: overTcp));
        listeners[0].Client.ReadAtMost(777);
        await using var sequence = station.Broadcast.Subscribe().GetAsyncEnumerator();
        var ledger = new Ledger();

        var publishing = Task.WhenAll(Enumerable.Range(0, 4).Select(publisher => Task.Run(async () =>
        {
            for (var i = 0; i < events / 4; i++) await station.Broadcast.PublishAsync($"{publisher}:{i} {new string('.', i % 500)}");
            return Task.CompletedTask;
        })));
        var reading = listeners.Select(listener => Task.Run(() => listener.ReadUntilAsync(events))).ToList();
        for (var i = 1; i <= events; i++)
        {
            Assert.That(await sequence.MoveNextAsync().Within());
            ledger.Add(i, sequence.Current.Data);
            Assert.That(sequence.Current.EventId, Is.EqualTo($"e-{i}"));
        }
        await publishing.Within();

        foreach (var record in await Task.WhenAll(reading).Within()) Assert.That(ledger.Check(record, 0, events), Is.Zero);
    }

    /// <summary>Publishes until not one more event fits.</summary>
    private static async Task<int> FillAsync(Station station, Listener listener)
    {
        await station.StallAsync(listener);
        await station.PublishAsync(Kept - 1, Station.Large);
        return (int)station.LastSequence;
    }
}
