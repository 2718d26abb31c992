using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>ConflateByKey: who is behind gets the latest event of each key.</summary>
public sealed class ConflationTests
{
    private const int Kept = 10;

    private static readonly BroadcastOptions Small = new() { Epoch = "e", MaxEvents = Kept, SlowConsumer = SlowConsumerPolicy.ConflateByKey };

    [Test]
    public async Task Who_keeps_up_gets_everything()
    {
        await using var station = new Station(Small);
        var listener = await station.ListenAsync();

        for (var i = 0; i < 50; i++)
        {
            await station.PublishAsync(1, key: "k");
            await listener.ReadUntilAsync(station.LastSequence);
        }

        Assert.That(listener.Record, Has.Count.EqualTo(50));
        Assert.That(listener.Subscription.Conflated, Is.Zero);
    }

    [Test]
    public async Task Who_is_behind_gets_the_latest_of_each_key_in_order_and_all_that_have_none()
    {
        await using var station = new Station(Small);
        var listener = await station.ListenAsync();
        var delivered = await station.StallAsync(listener);

        // The 10th, 20th and so on have no key; the others take turns.
        for (var i = 1; i <= 60; i++) await station.PublishAsync(1, Station.Large, key: i % 10 == 0 ? null : $"k{i % 3}");
        var record = await listener.ReadUntilAsync(station.LastSequence);

        var start = delivered + 1;
        Assert.That(record.Skip(delivered).Select(heard => heard.Sequence - start), Is.EqualTo(new[] { 0, 10, 20, 30, 40, 50, 57, 58, 59, 60 }));
        Assert.That(listener.Gaps, Is.Empty);
        Assert.That(listener.Subscription.Conflated, Is.EqualTo(51));
        Assert.That(listener.Subscription.Dropped, Is.Zero);
        Assert.That(listener.Subscription.Passed(), Is.EqualTo(station.LastSequence));
    }

    [Test]
    public async Task An_old_event_that_nothing_has_replaced_comes_first()
    {
        await using var station = new Station(Small);
        var listener = await station.ListenAsync();
        var delivered = await station.StallAsync(listener);

        await station.PublishAsync(1, Station.Large, key: "old");
        for (var i = 1; i <= 100; i++) await station.PublishAsync(1, Station.Large, key: "new");
        var record = await listener.ReadUntilAsync(station.LastSequence);

        Assert.That(record.Skip(delivered).Select(heard => heard.Sequence), Is.EqualTo(new[] { delivered + 1, delivered + 2, delivered + 102 }));
        Assert.That(listener.Gaps, Is.Empty);
    }

    [Test]
    public async Task More_keys_than_can_be_kept_leave_a_gap_before_those_that_are()
    {
        await using var station = new Station(Small);
        var listener = await station.ListenAsync();
        var delivered = await station.StallAsync(listener);

        for (var i = 1; i <= 200; i++) await station.PublishAsync(1, Station.Large, key: $"k{i}");
        var record = await listener.ReadUntilAsync(station.LastSequence);

        // As many as the log holds, and as many again that it has forgotten.
        var last = (int)station.LastSequence;
        Assert.That(record.Skip(delivered + 1).Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(last - 2 * Kept + 1, 2 * Kept)));
        Assert.That(record[delivered], Is.EqualTo(new Heard($"e-{last - 2 * Kept}", "gap", $"{{\"missed\":{201 - 2 * Kept}}}", null)));
        Assert.That(listener.Subscription.Dropped, Is.EqualTo(201 - 2 * Kept));
        Assert.That(listener.Subscription.Passed(), Is.EqualTo(last));
    }

    [Test]
    public async Task One_that_joins_late_gets_the_latest_of_each_key_of_what_is_replayed()
    {
        await using var station = new Station(Small);
        for (var i = 1; i <= 30; i++) await station.PublishAsync(1, key: i % 4 == 0 ? null : $"k{i % 4}");

        var listener = await station.ListenAsync(replay: Kept);
        await listener.ReadUntilAsync(30);

        Assert.That(listener.Record.Select(heard => heard.Sequence), Is.EqualTo(new[] { 24, 27, 28, 29, 30 }));
        Assert.That(listener.Subscription.Conflated, Is.EqualTo(5));
    }

    [Test]
    public async Task It_begins_anew_when_the_last_such_subscriber_has_left()
    {
        await using var station = new Station(Small);
        var first = await station.ListenAsync();
        for (var i = 1; i <= 30; i++) await station.PublishAsync(1, key: $"k{i}");
        first.Client.Abort();
        await Patience.UntilAsync(() => station.Broadcast.Subscribers == 0, "it has left");
        for (var i = 31; i <= 40; i++) await station.PublishAsync(1, key: $"k{i % 3}");

        var second = await station.ListenAsync("e-0");
        await second.ReadUntilAsync(40);

        Assert.That(second.Record.Select(heard => heard.Sequence), Is.EqualTo(new[] { 37, 38, 39, 40 }));
        Assert.That(second.Gaps.Single().Missed, Is.EqualTo(30));
    }

    /// <summary>Whatever is published: what is skipped was replaced by a newer one, or a gap event stands for it, and the counts add up.</summary>
    [Test]
    public async Task Nothing_else_is_ever_skipped([Range(1, 8)] int seed)
    {
        var random = new Random(seed);
        var keys = new List<string?> { null };
        await using var station = new Station(new BroadcastOptions { MaxEvents = random.Next(1, 40), SlowConsumer = SlowConsumerPolicy.ConflateByKey });
        var listener = await station.ListenAsync();
        var variety = random.Next(1, 80);
        for (var round = 0; round < 6; round++)
        {
            for (var count = random.Next(80); count > 0; count--)
            {
                keys.Add(random.Next(8) == 0 ? null : $"k{random.Next(variety)}");
                station.Broadcast.Publish(Station.Text(keys.Count - 1, Station.Large), key: keys[^1]);
                if (random.Next(3) > 0) await station.Broadcast.DeliveredAsync().Within();
            }
            await station.Broadcast.DeliveredAsync().Within();
            if (round % 2 == 1) await listener.ReadUntilAsync(station.LastSequence);
        }
        await listener.ReadUntilAsync(station.LastSequence);

        var why = $"seed {seed}";
        long last = 0, missed = 0, skipped = 0;
        for (var i = 0; i < listener.Record.Count; i++)
        {
            var heard = listener.Record[i];
            if (heard.IsGap) continue;
            var gap = i > 0 && listener.Record[i - 1] is { IsGap: true } before ? before.Missed!.Value : 0;
            missed += gap;
            Assert.That(heard.Sequence, Is.GreaterThan(last), why);
            var unreplaced = Enumerable.Range((int)last + 1, (int)(heard.Sequence - last - 1)).Count(sequence => keys[sequence] is null || keys.LastIndexOf(keys[sequence]) == sequence);
            Assert.That(unreplaced, Is.LessThanOrEqualTo(gap), $"missing before {heard.Sequence} {why}");
            skipped += heard.Sequence - last - 1;
            last = heard.Sequence;
        }
        Assert.That(last, Is.EqualTo(station.LastSequence), "the last one replaces others and is not replaced");
        Assert.That(listener.Subscription.Dropped, Is.EqualTo(missed), why);
        Assert.That(listener.Subscription.Conflated, Is.EqualTo(skipped - missed), why);
        Assert.That(listener.Subscription.Passed(), Is.EqualTo(station.LastSequence), why);
    }
}
