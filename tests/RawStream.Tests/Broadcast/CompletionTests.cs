using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>A stream ends as it should, with all that was published before: because the broadcast is completed, or the program ends it.</summary>
public sealed class CompletionTests
{
    private static readonly BroadcastOptions Epoch = new() { Epoch = "e" };

    [Test]
    public async Task All_streams_end_after_what_was_pending([Values] SlowConsumerPolicy policy, [Values] bool isStalled)
    {
        await using var station = new Station(Epoch);
        var listener = await station.ListenAsync(policy: policy);
        var several = await station.ListenAsync(policy: policy, topics: ["", "other"]);
        if (isStalled) await station.StallAsync(listener);
        await station.PublishAsync(20, Station.Large);

        station.Broadcast.Complete();

        var last = (int)station.LastSequence;
        Assert.That((await listener.ReadToEndAsync()).Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(1, last)));
        Assert.That((await several.ReadToEndAsync()).Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(1, last)));
        Assert.That(listener.HasEnded && several.HasEnded);
        Assert.That((await listener.Client.GetAsync("/plain")).Text, Is.EqualTo("plain"), "the connection goes on");
        await Patience.UntilAsync(() => station.Broadcast.Subscribers == 0, "nobody subscribes");
    }

    [Test]
    public async Task A_stream_that_follows_nothing_ends_too([Values] bool fromTheStart)
    {
        await using var station = new Station(Epoch);
        var listener = await station.ListenAsync(topics: fromTheStart ? [] : ["a"]);
        if (!fromTheStart) listener.Subscription.Unfollow("a");

        station.Broadcast.Complete();
        await listener.ReadToEndAsync();

        Assert.That(listener.HasEnded);
    }

    [Test]
    public async Task Nothing_can_be_published_any_more()
    {
        var news = new Broadcast<string>(Epoch);
        news.Publish("last");

        news.Complete();
        news.Complete();

        Assert.That(() => news.Publish("x"), Throws.InvalidOperationException);
        Assert.That(() => news.Receive("e", 2, new BroadcastMessage<string>("x")), Throws.InvalidOperationException);
        await Assert.ThatAsync(async () => await news.PublishAsync("x"), Throws.InvalidOperationException);
        Assert.That(news.LastEventId, Is.EqualTo("e-1"));
    }

    [TestCase(null)]
    [TestCase("e-5")]
    [TestCase("e-3", TestName = "{m}(had all of what it follows)")]
    public async Task A_client_that_comes_later_is_told_not_to_come_again(string? id)
    {
        await using var station = new Station(Epoch);
        await station.PublishAsync(3, topic: "mine");
        await station.PublishAsync(2, topic: "other");
        station.Broadcast.Complete();

        var listener = await station.ListenAsync(id, topics: ["mine"]);

        Assert.That(listener.Head, Does.StartWith("HTTP/1.1 204 "));
        Assert.That(listener.Head, Does.Not.Contain("Transfer-Encoding"));
        Assert.That((await listener.Client.GetAsync("/plain")).Text, Is.EqualTo("plain"));
        Assert.That(station.Broadcast.Subscribers, Is.Zero);
    }

    [TestCase("e-2", 0, "e-3")]
    [TestCase(null, 1, "e-3")]
    [TestCase("nonsense", 0, "e-0,e-1,e-2,e-3")]
    public async Task A_client_that_has_missed_something_gets_it_first(string? id, int replay, string ids)
    {
        await using var station = new Station(Epoch);
        await station.PublishAsync(3);
        station.Broadcast.Complete();

        var listener = await station.ListenAsync(id, replay: replay);
        var record = await listener.ReadToEndAsync();
        var again = await station.ListenAsync(record[^1].Id, replay: replay);

        Assert.That(string.Join(',', record.Select(heard => heard.Id)), Is.EqualTo(ids));
        Assert.That(listener.HasEnded);
        Assert.That(again.Head, Does.StartWith("HTTP/1.1 204 "));
    }

    [Test]
    public async Task A_client_that_wants_a_replay_of_nothing_is_told_not_to_come_again()
    {
        await using var station = new Station(new BroadcastOptions { Replay = 5 });
        station.Broadcast.Complete();

        Assert.That((await station.ListenAsync()).Head, Does.StartWith("HTTP/1.1 204 "));
    }

    [Test]
    public async Task End_ends_one_stream_after_what_was_published_so_far([Values] bool isStalled)
    {
        await using var station = new Station(Epoch);
        var listener = await station.ListenAsync();
        var other = await station.ListenAsync();
        if (isStalled) await station.StallAsync(listener);
        await station.PublishAsync(3);

        listener.Subscription.End();
        await listener.ReadToEndAsync();
        await station.PublishAsync(1);
        await other.ReadUntilAsync(station.LastSequence);

        Assert.That(listener.HasEnded);
        Assert.That(listener.Record.Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(1, (int)station.LastSequence - 1)));
        Assert.That(listener.Subscription.IsOpen, Is.False);
        Assert.That(other.Subscription.IsOpen);
        Assert.That((await listener.Client.GetAsync("/plain")).Text, Is.EqualTo("plain"));
    }

    /// <summary>A client that never catches up.</summary>
    [Test]
    public async Task End_does_not_wait_for_a_moment_of_silence([Values] SlowConsumerPolicy policy)
    {
        await using var station = new Station(new BroadcastOptions { MaxEvents = 500, SlowConsumer = policy });
        var listener = await station.ListenAsync();
        listener.Client.ReadAtMost(1000);
        await station.StallAsync(listener);
        await station.PublishAsync(10, Station.Large);
        var published = station.LastSequence;

        listener.Subscription.End();
        while (!listener.HasEnded && listener.Record.Count < 300)
        {
            await station.PublishAsync(1, Station.Large);
            await listener.ReadAsync();
        }

        Assert.That(listener.HasEnded);
        Assert.That(listener.Record.Take((int)published).Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(1, (int)published)));
    }

    [Test]
    public async Task The_next_requests_of_the_connection_are_answered_after_the_stream([Values] bool overTcp)
    {
        await using var station = new Station(Epoch);
        var client = overTcp ? await station.Server.ConnectTcpAsync() : station.Server.Connect();
        var first = station.Ask(client, out var firstTarget);
        var second = station.Ask(client, out var secondTarget);
        await client.SendAsync(
            "GET /plain HTTP/1.1\r\nHost: test\r\n\r\n" + $"GET {firstTarget} HTTP/1.1\r\nHost: test\r\n\r\n" +
            $"GET {secondTarget} HTTP/1.1\r\nHost: test\r\nLast-Event-ID: e-1\r\n\r\n" + "GET /plain HTTP/1.1\r\nHost: test\r\n\r\n");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("plain"));
        await first.ReadHeadAsync();
        await station.PublishAsync(3);
        first.Subscription.End();
        await first.ReadToEndAsync();
        await second.ReadHeadAsync();
        station.Broadcast.Complete();
        await second.ReadToEndAsync();

        Assert.That(first.Record.Select(heard => heard.Id), Is.EqualTo(new[] { "e-1", "e-2", "e-3" }));
        Assert.That(second.Record.Select(heard => heard.Id), Is.EqualTo(new[] { "e-2", "e-3" }));
        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("plain"));
    }
}
