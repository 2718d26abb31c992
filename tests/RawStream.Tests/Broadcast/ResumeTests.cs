using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>A client comes back with the id of the last event that it has seen.</summary>
public sealed class ResumeTests
{
    private static readonly BroadcastOptions Small = new() { Epoch = "e", MaxEvents = 10 };

    /// <summary>Of 25 events the last ten are there, 16 to 25.</summary>
    [TestCase("e-20", 0, 21)]
    [TestCase("e-24", 0, 25)]
    [TestCase("e-15", 0, 16, TestName = "The oldest event that is there is the next one")]
    [TestCase("e-14", 1, 16)]
    [TestCase("e-0", 15, 16)]
    [TestCase("e-1", 14, 16)]
    public async Task It_gets_all_later_ones_or_is_told_how_many_are_missing(string id, int missed, int first)
    {
        await using var station = new Station(Small);
        await station.PublishAsync(25);

        var listener = await station.ListenAsync(id);
        await station.PublishAsync(1);
        var record = await listener.ReadUntilAsync(26);

        var gap = record.Where(heard => heard.IsGap).ToList();
        Assert.That(record.Where(heard => !heard.IsGap).Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(first, 27 - first)));
        Assert.That(gap, Has.Count.EqualTo(missed > 0 ? 1 : 0));
        if (missed == 0) return;
        Assert.That(record[0], Is.EqualTo(new Heard("e-15", "gap", $"{{\"missed\":{missed}}}", null)));
    }

    [TestCase("other-3", TestName = "{m}(of another epoch)")]
    [TestCase("e-26", TestName = "{m}(from the future)")]
    [TestCase("e-9223372036854775807", TestName = "{m}(from the far future)")]
    [TestCase("e-9223372036854775808", TestName = "{m}(too large)")]
    [TestCase("e--1", TestName = "{m}(negative)")]
    [TestCase("e- 1", TestName = "{m}(with a space)")]
    [TestCase("e", TestName = "{m}(without a sequence)")]
    [TestCase("-5", TestName = "{m}(without an epoch)")]
    [TestCase("5", TestName = "{m}(a number)")]
    [TestCase("e-0x1", TestName = "{m}(in hex)")]
    [TestCase("E-20", TestName = "{m}(in another case)")]
    public async Task An_id_that_says_nothing_here_gets_one_gap_event_and_all_that_there_is(string id)
    {
        await using var station = new Station(Small);
        await station.PublishAsync(25);

        var listener = await station.ListenAsync(id);
        var record = await listener.ReadUntilAsync(25);

        Assert.That(record[0], Is.EqualTo(new Heard("e-15", "gap", "{\"missed\":null}", null)));
        Assert.That(record.Skip(1).Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(16, 10)));
    }

    [Test]
    public async Task At_the_head_there_is_nothing_until_the_next_event([Values(0, 5)] int replay)
    {
        await using var station = new Station(new BroadcastOptions { Epoch = "e", Replay = replay });
        await station.PublishAsync(8);

        var listener = await station.ListenAsync("e-8");
        await station.PublishAsync(1);

        Assert.That((await listener.ReadAsync(1)).Single().Id, Is.EqualTo("e-9"));
    }

    [Test]
    public async Task Nothing_was_published_yet_and_an_id_of_before_a_restart_gets_a_gap_event_at_once()
    {
        await using var station = new Station(Small);

        var listener = await station.ListenAsync("old-7");

        Assert.That((await listener.ReadAsync(1)).Single(), Is.EqualTo(new Heard("e-0", "gap", "{\"missed\":null}", null)));
        await station.PublishAsync(1);
        Assert.That((await listener.ReadAsync(1)).Single().Id, Is.EqualTo("e-1"));
    }

    [TestCase("e-3")]
    [TestCase("nonsense")]
    public async Task A_client_that_comes_back_with_the_id_of_the_gap_event_is_not_told_again(string id)
    {
        await using var station = new Station(Small);
        await station.PublishAsync(25);
        var gap = (await (await station.ListenAsync(id)).ReadAsync(1)).Single();

        var listener = await station.ListenAsync(gap.Id);

        Assert.That((await listener.ReadUntilAsync(25)).Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(16, 10)));
        Assert.That(listener.Gaps, Is.Empty);
    }

    [TestCase(0, 0)]
    [TestCase(3, 3)]
    [TestCase(10, 10)]
    [TestCase(99, 10)]
    public async Task A_new_client_gets_as_many_earlier_events_as_it_wants(int replay, int expected)
    {
        await using var station = new Station(Small);
        await station.PublishAsync(25);

        var listener = await station.ListenAsync(replay: replay);
        await station.PublishAsync(1);

        Assert.That((await listener.ReadUntilAsync(26)).Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(26 - expected, expected + 1)));
        Assert.That(listener.Gaps, Is.Empty);
    }

    [Test]
    public async Task What_is_published_between_subscribing_and_sending_is_not_lost_and_replaces_no_replay([Values(0, 2)] int replay)
    {
        await using var station = new Station(Small);
        await station.PublishAsync(5);

        var listener = await station.ListenAsync(_ =>
        {
            var subscription = station.Broadcast.Subscribe(options: new SubscribeOptions { Replay = replay });
            station.Broadcast.Publish("6");
            return subscription;
        });

        Assert.That((await listener.ReadUntilAsync(6)).Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(6 - replay, replay + 1)));
    }

    [Test]
    public async Task A_subscription_that_waits_until_its_events_are_forgotten_gets_a_gap_event()
    {
        await using var station = new Station(Small);
        await station.PublishAsync(5);

        var listener = await station.ListenAsync(_ =>
        {
            var subscription = station.Broadcast.Subscribe();
            for (var i = 6; i <= 30; i++) station.Broadcast.Publish(Station.Text(i));
            return subscription;
        });

        var record = await listener.ReadUntilAsync(30);
        Assert.That(record[0], Is.EqualTo(new Heard("e-20", "gap", "{\"missed\":15}", null)));
        Assert.That(record.Skip(1).Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(21, 10)));
    }

    [Test]
    public async Task The_id_may_come_in_the_query()
    {
        await using var station = new Station(Small);
        await station.PublishAsync(5);
        var client = station.Server.Connect();
        var listener = station.Ask(client, out var target);

        await client.AskAsync(target + "?lastEventId=e-3");
        await listener.ReadHeadAsync();

        Assert.That((await listener.ReadUntilAsync(5)).Select(heard => heard.Sequence), Is.EqualTo(new[] { 4, 5 }));
    }
}
