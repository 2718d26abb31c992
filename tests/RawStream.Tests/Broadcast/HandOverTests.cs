using System.Text;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Broadcast;

/// <summary>Who sends: one thread at a time, and nothing is left when it stops. Each test does something while a send is under way.</summary>
public sealed class HandOverTests
{
    private Broadcast<string> _news = null!;
    private FakeConnection _connection = null!;

    [SetUp]
    public void CreateBroadcast()
    {
        _news = new Broadcast<string>(new BroadcastOptions { Epoch = "e", MaxEvents = 10 });
        _connection = new FakeConnection();
    }

    [Test]
    public async Task What_is_published_during_a_send_is_sent_by_the_same_sender([Values] bool byAnotherTopic)
    {
        Open("a", "b");
        var sends = 0;
        _connection.OnSend = offered =>
        {
            if (++sends == 1) _news.Publish("2", topic: byAnotherTopic ? "b" : "a");
            return offered;
        };

        _news.Publish("1", topic: "a");
        await _news.DeliveredAsync().Within();

        Assert.That(Data(), Is.EqualTo("1 2"));
    }

    [Test]
    public async Task A_stream_that_is_ended_during_a_send_ends_after_it([Values] bool byCompletion)
    {
        var stream = Open("a");
        _connection.OnSend = offered =>
        {
            if (byCompletion) _news.Complete();
            else stream.Subscription!.End();
            return offered;
        };

        _news.Publish("1", topic: "a");
        await Patience.UntilAsync(() => _news.Subscribers == 0, "it has ended");
        await Patience.UntilAsync(() => Body().EndsWith("0\r\n\r\n", StringComparison.Ordinal), "the last chunk is sent");

        Assert.That(Data(), Is.EqualTo("1"));
    }

    [Test]
    public async Task A_stream_that_leaves_a_topic_during_a_send_and_comes_back_does_not_get_what_was_published_in_between()
    {
        var stream = Open("a");
        var sends = 0;
        _connection.OnSend = offered =>
        {
            if (++sends > 1) return offered;
            stream.Subscription!.Unfollow("a");
            _news.Publish("2", topic: "a");
            stream.Subscription.Follow("a");
            return offered;
        };

        _news.Publish("1", topic: "a");
        await _news.DeliveredAsync().Within();
        _news.Publish("3", topic: "a");
        await _news.DeliveredAsync().Within();

        Assert.That(Data(), Is.EqualTo("1 3"));
    }

    [Test]
    public async Task A_client_that_hangs_up_during_a_send_is_gone_and_nothing_is_sent_after_it([Values("FIN", "lost", "lost later")] string how)
    {
        var stream = Open("a");
        var sends = 0;
        _connection.OnSend = offered =>
        {
            if (++sends > 1 && how != "lost later") return offered;
            if (how == "FIN") _connection.Finish();
            return how == "FIN" ? offered : how == "lost" ? Connection.Lost : Connection.Pending;
        };
        _connection.OnStartSend = _ => Connection.Lost;

        _news.Publish("1", topic: "a");
        await Patience.UntilAsync(() => _news.Subscribers == 0, "it is gone");
        _news.Publish("2", topic: "a");
        if (how != "FIN") _connection.Finish();
        await Patience.UntilAsync(() => stream.HasEnded, "the connection is closed");

        Assert.That(Data(), Is.EqualTo(how == "FIN" ? "1" : ""));
        stream.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task One_that_its_own_sender_finds_too_slow_is_cut_and_does_not_look_as_if_it_had_ended()
    {
        for (var round = 0; round < 100; round++)
        {
            CreateBroadcast();
            var stream = Open(SlowConsumerPolicy.Disconnect, "a");
            var sends = 0;
            _connection.OnSend = offered =>
            {
                for (var i = 0; i < 20 && sends == 0; i++) _news.Publish("too many for the log", topic: "a");
                sends++;
                return offered;
            };

            _news.Publish("1", topic: "a");
            await Patience.UntilAsync(() => _news.Subscribers == 0, "it is gone");
            await Patience.UntilAsync(() => stream.HasEnded, "the connection is closed");

            Assert.That(Data(), Is.EqualTo("1"));
            Assert.That(Body(), Does.Not.EndWith("0\r\n\r\n"));
            Assert.That(stream.Log.Lines.Count(line => line.Text.Contains("too slow", StringComparison.Ordinal)), Is.EqualTo(1));
            stream.Log.AssertQuiet(LogLevel.Warning);
        }
    }

    /// <summary>The rest of an event waits in the connection's buffer; everything else that happens waits for it.</summary>
    [TestCase("publish", "1 2")]
    [TestCase("end", "1")]
    [TestCase("complete", "1")]
    [TestCase("FIN", "1")]
    [TestCase("unfollow", "1")]
    public async Task An_event_that_was_sent_in_part_is_completed_whatever_happens(string what, string expected)
    {
        var stream = Open("a");
        var sends = 0;
        _connection.OnSend = offered => ++sends switch
        {
            1 => 5,
            2 => Connection.Pending,
            _ => offered,
        };
        _news.Publish("1", topic: "a");
        await Patience.UntilAsync(() => !_connection.InFlight.IsEmpty, "the rest waits for the socket");

        switch (what)
        {
            case "publish":
                _news.Publish("2", topic: "a");
                break;
            case "end":
                stream.Subscription!.End();
                break;
            case "complete":
                _news.Complete();
                break;
            case "unfollow":
                stream.Subscription!.Unfollow("a");
                break;
            default:
                _connection.Finish();
                break;
        }
        await _news.DeliveredAsync().Within();
        Assert.That(Body(), Has.Length.EqualTo(5), "nothing gets in between");
        _connection.FinishSend(_connection.InFlight.Length);
        await Patience.UntilAsync(() => Data() == expected, expected);

        Heard.ParseChunks(Body(), out var hasEnded);
        if (what is "end" or "complete" or "FIN") await Patience.UntilAsync(() => Body().EndsWith("0\r\n\r\n", StringComparison.Ordinal), "it has ended");
        else Assert.That(hasEnded, Is.False);
        stream.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task Delivered_means_that_all_who_keep_up_were_sent_it()
    {
        Open("a");
        await using var station = new Station(broadcast: _news);
        var other = await station.ListenAsync(topics: ["b"]);
        using var maySend = new ManualResetEventSlim();
        var sends = new Signal();
        _connection.OnSend = offered =>
        {
            sends.Set();
            return maySend.Wait(Patience.Limit) ? offered : Connection.Lost;
        };

        _news.Publish("1", topic: "a");
        _news.Publish("2", topic: "b");
        var delivered = _news.DeliveredAsync();
        await sends.WaitAsync();
        await other.ReadAsync(1);
        Assert.That(delivered.IsCompleted, Is.False);
        Assert.That(Data(), Is.Empty);

        maySend.Set();
        await delivered.Within();
        Assert.That(Data(), Is.EqualTo("1"));
    }

    [Test]
    public async Task Delivered_does_not_wait_for_who_is_stalled_nor_for_nobody()
    {
        await _news.DeliveredAsync().Within();
        await using var station = new Station(broadcast: _news);
        var listener = await station.ListenAsync();
        await station.StallAsync(listener);

        await station.PublishAsync(5);
        Assert.That(listener.Subscription.Passed(), Is.LessThan(station.LastSequence));
    }

    /// <summary>Whoever is quick must not keep the thread to itself: the others of its shard would fall behind, and lose events although they read.</summary>
    [Test]
    public async Task One_that_always_has_something_new_does_not_hold_up_the_others()
    {
        Open("a");
        var second = new FakeConnection();
        var other = new StagedStream(second, _ => _news.Subscribe(["a"]));
        other.Ask(second);
        Assert.That(other.Subscription!.IsOpen);
        var published = 0;
        _connection.OnSend = offered =>
        {
            if (published < 1000 && second.Sent.Length < 1000) _news.Publish($"{++published}", topic: "a");
            return offered;
        };

        _news.Publish("0", topic: "a");
        await _news.DeliveredAsync().Within();

        var record = Heard.ParseChunks(StagedStream.Body(second.Sent), out _);
        Assert.That(record.Where(heard => heard.IsGap), Is.Empty);
        Assert.That(published, Is.LessThan(1000));
    }

    private StagedStream Open(params string[] topics) => Open(SlowConsumerPolicy.DropOldest, topics);

    private StagedStream Open(SlowConsumerPolicy policy, params string[] topics)
    {
        var stream = new StagedStream(_connection, _ => _news.Subscribe(topics, options: new SubscribeOptions { SlowConsumer = policy }));
        stream.Ask(_connection);
        Assert.That(Encoding.Latin1.GetString(_connection.Sent), Does.EndWith("\r\n\r\n"), "the head is sent");
        return stream;
    }

    private string Body() => StagedStream.Body(_connection.Sent);

    private string Data() => string.Join(' ', Heard.ParseChunks(Body(), out _).Select(heard => heard.Data));
}
