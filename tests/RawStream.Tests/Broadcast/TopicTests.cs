using System.Globalization;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>Topics come and go by themselves; a stream may follow several, and change what it follows.</summary>
public sealed class TopicTests
{
    private static readonly BroadcastOptions Three = new() { Epoch = "e", MaxTopics = 3, MaxEvents = 10 };

    [Test]
    public async Task They_are_created_by_use()
    {
        await using var station = new Station(Three);
        Assert.That(station.Broadcast.Topics, Is.Empty);

        station.Broadcast.Publish("x", topic: "published");
        await station.ListenAsync(topics: ["followed"]);

        Assert.That(station.Broadcast.Topics, Is.EquivalentTo(new[] { "published", "followed" }));
        Assert.That(station.Broadcast.CountFollowers("followed"), Is.EqualTo(1));
        Assert.That(station.Broadcast.CountFollowers("published"), Is.Zero);
        Assert.That(station.Broadcast.CountFollowers("unheard of"), Is.Zero);
    }

    [Test]
    public async Task One_too_many_removes_one_that_nobody_follows()
    {
        await using var station = new Station(Three);
        await station.ListenAsync(topics: ["followed"]);
        var leaves = await station.ListenAsync(topics: ["left"]);
        leaves.Client.Abort();
        await Patience.UntilAsync(() => station.Broadcast.CountFollowers("left") == 0, "it is left");
        for (var i = 0; i < 20; i++) station.Broadcast.Publish("x", topic: $"new {i}");

        Assert.That(station.Broadcast.Topics, Has.Count.EqualTo(3));
        Assert.That(station.Broadcast.Topics, Does.Contain("followed"));
        Assert.That(station.Broadcast.Topics, Does.Contain("new 19"));
    }

    [Test]
    public async Task While_all_are_followed_one_more_is_refused()
    {
        await using var station = new Station(Three);
        var listener = await station.ListenAsync(topics: ["a", "b", "c"]);
        var client = station.Server.Connect();
        station.Ask(client, _ => station.Broadcast.Subscribe(["a", "d"]), out var target);

        Assert.That(() => station.Broadcast.Publish("x", topic: "d"), Throws.InvalidOperationException);
        Assert.That(() => listener.Subscription.Follow("d"), Throws.InvalidOperationException);
        Assert.That(() => station.Broadcast.Subscribe(["d"]).GetAsyncEnumerator(), Throws.InvalidOperationException);
        Assert.That((await client.GetAsync(target)).Status, Is.EqualTo(500));
        Assert.That(listener.Subscription.Topics, Is.EqualTo(new[] { "a", "b", "c" }));
        Assert.That(station.Broadcast.CountFollowers("a"), Is.EqualTo(1));
        Assert.That(station.Broadcast.Subscribers, Is.EqualTo(1));
        Assert.That(station.LastSequence, Is.Zero);
    }

    /// <summary>The topics of one subscription do not push each other out.</summary>
    [Test]
    public async Task A_subscription_to_as_many_as_there_may_be_follows_all_of_them()
    {
        await using var station = new Station(Three);
        await station.PublishAsync(1, topic: "old");
        await station.PublishAsync(1, topic: "a");
        await station.PublishAsync(1, topic: "b");

        var listener = await station.ListenAsync("e-0", topics: ["x", "old", "y"]);
        foreach (var topic in new[] { "x", "old", "y" }) await station.PublishAsync(1, topic: topic);
        await listener.ReadUntilAsync(6);

        Assert.That(listener.Record.Where(heard => !heard.IsGap).Select(heard => heard.Sequence), Is.EqualTo(new[] { 1, 4, 5, 6 }));
    }

    [Test]
    public async Task One_that_was_removed_and_created_again_gives_an_honest_gap()
    {
        await using var station = new Station(Three);
        await station.PublishAsync(3, topic: "a");
        for (var i = 0; i < 3; i++) await station.PublishAsync(1, topic: $"other {i}");
        Assert.That(station.Broadcast.Topics, Does.Not.Contain("a"));

        var resumed = await station.ListenAsync("e-2", topics: ["a"]);
        var isNew = await station.ListenAsync(topics: ["a"]);
        await station.PublishAsync(1, topic: "a");

        Assert.That(await resumed.ReadAsync(2), Is.EqualTo(new[] { new Heard("e-6", "gap", "{\"missed\":null}", null), new Heard("e-7", null, "7", null) }));
        Assert.That(await isNew.ReadAsync(1), Is.EqualTo(new[] { new Heard("e-7", null, "7", null) }));
    }

    [Test]
    public async Task A_stream_that_follows_several_gets_them_in_the_order_of_publishing([Values] bool isBehind)
    {
        await using var station = new Station();
        var listener = await station.ListenAsync(topics: ["a", "b", "c", "a"]);
        var random = new Random(1);
        var ledger = new Ledger();

        for (var i = 0; i < 300; i++)
        {
            ledger.Publish(station.Broadcast, Station.Text(i, 200), topic: "abcd"[random.Next(4)].ToString());
            if (!isBehind) await station.Broadcast.DeliveredAsync().Within();
        }
        ledger.Publish(station.Broadcast, "last", "a");

        ledger.Check(await listener.ReadUntilAsync(301), 0, 301, "", false, "a", "b", "c");
    }

    [Test]
    public async Task Across_concurrent_publishers_too([Values(1, 2, 3)] int seed)
    {
        const int publishers = 4, each = 1500;
        await using var station = new Station(new BroadcastOptions { MaxEvents = publishers * each });
        var listeners = new List<Listener>();
        for (var i = 0; i < 3; i++) listeners.Add(await station.ListenAsync(topics: ["a", "b", "c"], overTcp: true));
        var ledger = new Ledger();

        var reading = listeners.Select(listener => Task.Run(listener.ReadToEndAsync)).ToList();
        await Task.WhenAll(Enumerable.Range(0, publishers).Select(publisher => Task.Run(() =>
        {
            var random = new Random(seed * publishers + publisher);
            for (var i = 0; i < each; i++) ledger.Publish(station.Broadcast, $"{publisher}:{i}", "abcd"[random.Next(4)].ToString());
        }))).Within();
        station.Broadcast.Complete();

        foreach (var record in await Task.WhenAll(reading).Within())
            Assert.That(ledger.Check(record, 0, publishers * each, $"seed {seed}", false, "a", "b", "c"), Is.Zero);
    }

    [Test]
    public async Task Another_request_may_change_what_a_stream_follows()
    {
        await using var station = new Station(Three);
        await station.PublishAsync(4, topic: "b");
        var listener = await station.ListenAsync(topics: ["a"]);
        var key = listener.Subscription.Key;
        Assert.That(station.Broadcast.Find(key), Is.SameAs(listener.Subscription));
        Assert.That(station.Broadcast.Find("another"), Is.Null);

        await station.PublishAsync(1, topic: "a");
        Assert.That(station.Broadcast.Find(key)!.Follow("b", replay: 2));
        Assert.That(station.Broadcast.Find(key)!.Follow("b"), Is.False);
        await station.PublishAsync(1, topic: "b");
        Assert.That(station.Broadcast.Find(key)!.Unfollow("a"));
        Assert.That(station.Broadcast.Find(key)!.Unfollow("a"), Is.False);
        await station.PublishAsync(1, topic: "a");
        await station.PublishAsync(1, topic: "b");

        // What was there before has no ids: what the client resumes from does not go back.
        Assert.That((await listener.ReadUntilAsync(8)).Select(heard => heard.Sequence), Is.EqualTo(new[] { 5, 0, 0, 6, 8 }));
        Assert.That(listener.Subscription.Topics, Is.EqualTo(new[] { "b" }));
        await listener.DisposeAsync();
        await Patience.UntilAsync(() => station.Broadcast.Find(key) is null, "the key is forgotten");
    }

    /// <summary>It is told that some are missing, but its place in the stream does not go back for it.</summary>
    [Test]
    public async Task What_is_replayed_may_be_forgotten_before_it_is_sent()
    {
        await using var station = new Station(Three);
        await station.PublishAsync(10, Station.Large, topic: "b");
        var listener = await station.ListenAsync(topics: ["a"]);
        var delivered = await station.StallAsync(listener);

        listener.Subscription.Follow("b", replay: 10);
        await station.PublishAsync(4, Station.Large, topic: "b");
        var record = await listener.ReadUntilAsync(station.LastSequence);

        var gap = listener.Gaps.Single();
        Assert.That(gap, Is.EqualTo(new Heard(null, "gap", "{\"missed\":4}", null)));
        Assert.That(record.Where(heard => heard.Id is not null).Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(11, delivered + 1 - 10 + 4)));
        Assert.That(record.SkipWhile(heard => heard != gap).Take(7).Select(heard => heard.Data?.TrimEnd('.')), Is.EqualTo(new[] { gap.Data, "5", "6", "7", "8", "9", "10" }));
    }

    /// <summary>Ten events are kept for it when the log forgets the first of them, and one more is in the log: another topic's event does not come between.</summary>
    [Test]
    public async Task What_is_kept_for_one_that_drops_the_newest_goes_on_with_what_is_in_the_log()
    {
        await using var station = new Station(Three);
        await station.PublishAsync(1, topic: "c");
        var listener = await station.ListenAsync(topics: ["a", "b"], policy: SlowConsumerPolicy.DropNewest);
        await station.StallAsync(listener);

        await station.PublishAsync(11, topic: "b");
        await station.PublishAsync(1, topic: "a");
        listener.Subscription.Follow("c", replay: 1);
        var record = await listener.ReadUntilAsync(station.LastSequence);

        Assert.That(listener.Gaps, Is.Empty);
        Assert.That(record.Where(heard => heard.Id is not null).Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(2, (int)station.LastSequence - 1)));
    }

    [Test]
    public async Task A_key_that_was_asked_for_before_the_stream_is_open_can_be_told_in_its_first_event()
    {
        var news = new Broadcast<string>();
        await using var server = new TestServer();
        server.Http.Map("GET /", _ =>
        {
            var subscription = news.Subscribe();
            return Response.Events(subscription, new EventStreamOptions { First = new(subscription.Key, "key") });
        });
        await using var listener = new Listener(server.Connect(), () => null);
        await listener.Client.AskAsync("/");
        await listener.ReadHeadAsync();

        var first = await listener.ReadAsync();

        Assert.That(news.Find(first!.Data!), Is.Not.Null);
    }

    [Test]
    public async Task Following_and_unfollowing_while_others_publish_loses_and_repeats_nothing_of_what_is_followed_all_the_time([Values(1, 2, 3)] int seed)
    {
        await using var station = new Station(new BroadcastOptions { MaxEvents = 100_000, MaxBytes = 64 * 1024 * 1024 });
        var listener = await station.ListenAsync(topics: ["always"], overTcp: true);
        var stop = new Signal();
        var ledger = new Ledger();
        var publishing = Enumerable.Range(0, 2).Select(publisher => Task.Run(() =>
        {
            var random = new Random(seed + publisher);
            for (var i = 0; i < 3000; i++) ledger.Publish(station.Broadcast, i.ToString(CultureInfo.InvariantCulture), random.Next(2) == 0 ? "always" : $"now and then {random.Next(3)}");
        })).ToList();
        var changing = Enumerable.Range(0, 2).Select(number => Task.Run(() =>
        {
            var random = new Random(-seed - number);
            while (!stop.HasCome)
            {
                var topic = $"now and then {random.Next(3)}";
                if (!listener.Subscription.Follow(topic, random.Next(3))) listener.Subscription.Unfollow(topic);
            }
        })).ToList();

        try
        {
            await Task.WhenAll(publishing).Within();
        }
        finally
        {
            stop.Set();
        }
        await Task.WhenAll(changing).Within();
        station.Broadcast.Complete();
        await listener.ReadToEndAsync();

        // What was replayed has no id.
        var always = listener.Record.Where(heard => heard.Id is not null && ledger.TopicOf(heard.Sequence) == "always").ToList();
        Assert.That(listener.HasEnded);
        Assert.That(ledger.Check(always, 0, 6000, $"seed {seed}", false, "always"), Is.Zero);
        Assert.That(station.Broadcast.Topics.Sum(station.Broadcast.CountFollowers), Is.Zero);
    }
}
