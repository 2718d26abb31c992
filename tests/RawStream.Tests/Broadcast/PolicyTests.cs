using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>A client does not read for a while, and then reads everything. (ConflationTests, WaitTests: the other two policies.)</summary>
public sealed class PolicyTests
{
    private const int Kept = 10;

    private static readonly BroadcastOptions Small = new() { Epoch = "e", MaxEvents = Kept };

    [Test]
    public async Task Dropping_the_oldest_goes_on_with_what_is_still_there()
    {
        await using var station = new Station(Small);
        var listener = await station.ListenAsync();
        var delivered = await station.StallAsync(listener);

        await station.PublishAsync(30 - 1, Station.Large);
        var record = await listener.ReadUntilAsync(delivered + 30);

        Assert.That(Sequences(record), Is.EqualTo(Enumerable.Range(1, delivered).Concat(Enumerable.Range(delivered + 21, Kept))));
        Assert.That(record[delivered], Is.EqualTo(new Heard($"e-{delivered + 20}", "gap", "{\"missed\":20}", null)));
        Assert.That(listener.Gaps, Has.Count.EqualTo(1));
        AssertCounts(listener, dropped: 20, published: delivered + 30);
    }

    [Test]
    public async Task Dropping_the_newest_goes_on_with_what_came_first()
    {
        await using var station = new Station(Small);
        var listener = await station.ListenAsync(policy: SlowConsumerPolicy.DropNewest);
        var delivered = await station.StallAsync(listener);

        await station.PublishAsync(30 - 1, Station.Large);
        var record = await listener.ReadUntilAsync(delivered + 30);

        Assert.That(Sequences(record), Is.EqualTo(Enumerable.Range(1, delivered + Kept).Concat(Enumerable.Range(delivered + 21, Kept))));
        Assert.That(record[delivered + Kept], Is.EqualTo(new Heard($"e-{delivered + 20}", "gap", "{\"missed\":10}", null)));
        Assert.That(listener.Gaps, Has.Count.EqualTo(1));
        AssertCounts(listener, dropped: 10, published: delivered + 30);
    }

    /// <summary>It has caught up in the meantime, and falls behind anew: the second time is like the first one.</summary>
    [TestCase(SlowConsumerPolicy.DropOldest, 20)]
    [TestCase(SlowConsumerPolicy.DropNewest, 10)]
    public async Task It_may_happen_again(SlowConsumerPolicy policy, int dropped)
    {
        await using var station = new Station(Small);
        var listener = await station.ListenAsync(policy: policy);

        for (var round = 1; round <= 3; round++)
        {
            var delivered = await station.StallAsync(listener);
            await station.PublishAsync(30 - 1, Station.Large);
            await listener.ReadUntilAsync(delivered + 30);
            await station.PublishAsync(5);
            await listener.ReadUntilAsync(station.LastSequence);

            Assert.That(listener.Gaps, Has.Count.EqualTo(round));
            Assert.That(listener.Gaps[^1].Missed, Is.EqualTo(dropped));
            AssertCounts(listener, dropped * round, station.LastSequence);
        }
    }

    /// <summary>It has come out of one gap, and is about to lose what follows: it has to be asked again.</summary>
    [Test]
    public async Task Dropping_the_newest_again_before_it_has_caught_up()
    {
        await using var station = new Station(new BroadcastOptions { MaxEvents = 100 });
        var slow = await station.ListenAsync(policy: SlowConsumerPolicy.DropNewest);
        var quick = await station.ListenAsync(policy: SlowConsumerPolicy.DropNewest);
        await station.StallAsync(slow, Station.Large, quick);
        await station.PublishSlowlyAsync(250, Station.Large, quick);
        slow.Client.ReadAtMost(1000);
        while (slow.Gaps.Count == 0) await slow.ReadAsync();
        await station.PublishSlowlyAsync(1, Station.Large, quick);
        var passed = slow.Subscription.Passed();
        Assert.That(passed, Is.LessThan(station.LastSequence), "it is still behind");

        await station.PublishSlowlyAsync(250, Station.Large, quick);
        await slow.ReadUntilAsync(station.LastSequence);

        Assert.That(slow.Gaps, Has.Count.EqualTo(2));
        Assert.That(slow.Record.TakeWhile(heard => heard != slow.Gaps[1]).Last().Sequence, Is.EqualTo(passed + 100));
        Assert.That(quick.Gaps, Is.Empty);
    }

    [Test]
    public async Task Disconnecting_resets_the_connection_and_says_so_in_the_log_once([Values] bool overTcp)
    {
        await using var station = new Station(Small);
        var listener = await station.ListenAsync(policy: SlowConsumerPolicy.Disconnect, overTcp: overTcp);
        var other = await station.ListenAsync();
        await station.StallAsync(listener, overTcp ? 100_000 : Station.Large, other);

        await station.PublishSlowlyAsync(30, 0, other);
        await Patience.UntilAsync(() => station.Broadcast.Subscribers == 1, "the slow one is gone");
        await listener.ReadToEndAsync();

        Assert.That(listener.WasCutOff);
        Assert.That(Sequences(listener.Record), Is.EqualTo(Enumerable.Range(1, listener.Record.Count)), "what came before is right");
        Assert.That(other.Gaps, Is.Empty);
        Assert.That(station.Server.Log.Lines.Count(line => line.Text.Contains("too slow", StringComparison.Ordinal)), Is.EqualTo(1));
        station.Server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_client_that_was_disconnected_resumes()
    {
        await using var station = new Station(new BroadcastOptions { Epoch = "e", MaxEvents = 100 });
        var listener = await station.ListenAsync(policy: SlowConsumerPolicy.Disconnect);
        var delivered = await station.StallAsync(listener);
        for (var i = 0; i < 120; i++) await station.PublishAsync(1);
        await listener.ReadToEndAsync();
        var last = listener.Record[^1];

        var again = await station.ListenAsync(last.Id);
        await again.ReadUntilAsync(station.LastSequence);

        Assert.That(again.Gaps.Single().Missed, Is.EqualTo(again.Record[1].Sequence - last.Sequence - 1));
        Assert.That(again.Record, Has.Count.EqualTo(101));
        Assert.That(last.Sequence, Is.LessThanOrEqualTo(delivered));
    }

    [Test]
    public async Task A_slow_client_costs_the_others_nothing([Values] SlowConsumerPolicy policy)
    {
        await using var station = new Station(Small);
        var slow = await station.ListenAsync(policy: policy);
        var quick = await station.ListenAsync();
        await station.StallAsync(slow, Station.Large, quick);

        // One that is waited for would hold the publisher up beyond the bounds.
        await station.PublishSlowlyAsync(policy == SlowConsumerPolicy.Wait ? Kept - 1 : 50, Station.Large, quick);

        Assert.That(Sequences(quick.Record), Is.EqualTo(Enumerable.Range(1, (int)station.LastSequence)));
        Assert.That(slow.Record, Is.Empty);
    }

    private static IEnumerable<long> Sequences(IEnumerable<Heard> record) => record.Where(heard => !heard.IsGap).Select(heard => heard.Sequence);

    private static void AssertCounts(Listener listener, long dropped, long published)
    {
        Assert.That(listener.Subscription.Dropped, Is.EqualTo(dropped));
        Assert.That(listener.Subscription.Delivered, Is.EqualTo(published - dropped));
        Assert.That(listener.Subscription.Conflated, Is.Zero);
    }
}
