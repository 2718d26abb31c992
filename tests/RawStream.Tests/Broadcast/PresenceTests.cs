using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>OnJoin and OnLeave come in pairs, whichever way a stream ends.</summary>
public sealed class PresenceTests
{
    private readonly ConcurrentQueue<string> _log = [];
    private Broadcast<string> _broadcast = null!;

    [SetUp]
    public void CreateBroadcast()
    {
        _log.Clear();
        _broadcast = New(null, null);
    }

    [TestCase("FIN")]
    [TestCase("RST")]
    [TestCase("closes")]
    [TestCase("completes")]
    [TestCase("ends")]
    [TestCase("too slow")]
    public async Task A_stream_that_ends_leaves_all_its_topics(string how)
    {
        _broadcast = New(null, null, new BroadcastOptions { MaxEvents = 5, SlowConsumer = SlowConsumerPolicy.Disconnect });
        await using var station = new Station(broadcast: _broadcast);
        var listener = await station.ListenAsync(topics: ["a", "b"]);
        Assert.That(_log, Is.EqualTo(new[] { "+a", "+b" }));
        Assert.That(_broadcast.Subscribers, Is.EqualTo(1));

        switch (how)
        {
            case "FIN":
                listener.Client.Finish();
                break;
            case "RST":
                listener.Client.Abort();
                break;
            case "closes":
                await listener.DisposeAsync();
                break;
            case "completes":
                _broadcast.Complete();
                break;
            case "ends":
                listener.Subscription.End();
                break;
            default:
                for (var i = 0; i < 100; i++) await station.PublishAsync(1, Station.Large, topic: "a");
                break;
        }

        await Patience.UntilAsync(() => _log.Count == 4, "it has left both");
        Assert.That(_log, Is.EqualTo(new[] { "+a", "+b", "-a", "-b" }));
        Assert.That(_broadcast.Subscribers, Is.Zero);
        Assert.That(_broadcast.CountFollowers("a") + _broadcast.CountFollowers("b"), Is.Zero);
        Assert.That(listener.Subscription.IsOpen, Is.False);
    }

    [Test]
    public async Task The_server_stops([Values] bool isStalled)
    {
        var time = new ManualTime();
        await using var station = new Station(broadcast: _broadcast, time: time);
        var listener = await station.ListenAsync();
        if (isStalled) await station.StallAsync(listener);

        var stopping = station.Server.Http.StopAsync();
        if (isStalled)
        {
            await time.WaitForTimersAsync(2);
            Assert.That(_broadcast.Subscribers, Is.EqualTo(1), "it may read what it was sent");
        }
        await listener.ReadToEndAsync();
        await listener.DisposeAsync();
        await stopping.Within();

        Assert.That(listener.HasEnded);
        Assert.That(_log, Is.EqualTo(new[] { "+", "-" }));
        Assert.That(_broadcast.Subscribers, Is.Zero);
        station.Server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task The_server_stops_while_events_are_published()
    {
        await using var station = new Station(broadcast: _broadcast, timeouts: new HttpTimeouts { Drain = Patience.Limit });
        var listeners = new List<Listener>();
        for (var i = 0; i < 20; i++) listeners.Add(await station.ListenAsync(topics: i % 2 == 0 ? [""] : ["", "other"], overTcp: true));
        var stopped = new Signal();
        var publishing = Task.Run(async () =>
        {
            while (!stopped.HasCome) await station.PublishAsync(5, 100);
        });
        var reading = listeners.Select(listener => Task.Run(async () =>
        {
            await listener.ReadToEndAsync();
            await listener.DisposeAsync();
        })).ToList();
        await Patience.UntilAsync(() => listeners.TrueForAll(listener => listener.Subscription.Delivered > 50), "all get events");

        await station.Server.Http.StopAsync().Within();
        stopped.Set();
        await Task.WhenAll([publishing, .. reading]).Within();

        Assert.That(listeners.Select(listener => listener.HasEnded), Is.All.True);
        Assert.That(_broadcast.Subscribers, Is.Zero);
        Assert.That(_log.Count(entry => entry[0] == '+'), Is.EqualTo(30).And.EqualTo(_log.Count(entry => entry[0] == '-')));
        station.Server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task The_server_cuts_a_client_that_does_not_read()
    {
        var time = new ManualTime();
        await using var station = new Station(broadcast: _broadcast, time: time, timeouts: new HttpTimeouts { Write = TimeSpan.FromHours(1) });
        var listener = await station.ListenAsync();
        await station.StallAsync(listener);

        var stopping = station.Server.Http.StopAsync();
        for (var i = 0; i < 2; i++)
        {
            await time.WaitForTimersAsync(2);
            time.Advance(new HttpTimeouts().Drain);
        }
        await stopping.Within();

        await Patience.UntilAsync(() => _log.Count == 2, "it has left");
        Assert.That(_broadcast.Subscribers, Is.Zero);
        await listener.ReadToEndAsync();
        Assert.That(listener.HasEnded, Is.False);
    }

    [Test]
    public async Task Following_and_unfollowing_are_told_once_each()
    {
        await using var station = new Station(broadcast: _broadcast);
        var listener = await station.ListenAsync(_ =>
        {
            var subscription = _broadcast.Subscribe(["a", "never"]);
            subscription.Follow("b");
            subscription.Unfollow("never");
            return subscription;
        });

        listener.Subscription.Follow("c");
        listener.Subscription.Follow("c");
        listener.Subscription.Unfollow("a");
        listener.Subscription.Unfollow("a");
        listener.Client.Abort();
        await Patience.UntilAsync(() => _broadcast.Subscribers == 0, "it has left");
        listener.Subscription.Follow("too late");
        listener.Subscription.Unfollow("b");

        Assert.That(_log, Is.EqualTo(new[] { "+a", "+b", "+c", "-a", "-b", "-c" }));
    }

    [Test]
    public async Task A_sequence_joins_and_leaves_too()
    {
        await using (_broadcast.Subscribe(["a"]).GetAsyncEnumerator()) Assert.That(_log, Is.EqualTo(new[] { "+a" }));

        Assert.That(_log, Is.EqualTo(new[] { "+a", "-a" }));
        Assert.That(_broadcast.Subscribers, Is.Zero);
    }

    /// <summary>The program is at fault, is told so, and nothing stays open.</summary>
    [Test]
    public async Task A_hook_that_throws_at_joining_fails_the_request()
    {
        _broadcast = New(topic => topic == "a", null);
        await using var station = new Station(broadcast: _broadcast);
        var client = station.Server.Connect();
        station.Ask(client, _ => _broadcast.Subscribe(["a", "b"]), out var target);

        Assert.That((await client.GetAsync(target)).Status, Is.EqualTo(500));
        Assert.That(_log, Is.EqualTo(new[] { "+a", "+b", "-a", "-b" }));
        Assert.That(_broadcast.Subscribers, Is.Zero);
        Assert.That(_broadcast.CountFollowers("b"), Is.Zero);
        Assert.That(station.Server.Log.Lines.Single(line => line.Level == LogLevel.Error).Exception, Is.InstanceOf<InvalidDataException>());
        Assert.That(() => _broadcast.Subscribe(["a"]).GetAsyncEnumerator(), Throws.InstanceOf<InvalidDataException>());
        Assert.That(_broadcast.Subscribers, Is.Zero);
    }

    [Test]
    public async Task A_hook_that_throws_at_leaving_keeps_nobody_from_leaving()
    {
        _broadcast = New(null, topic => topic == "a");
        await using var station = new Station(broadcast: _broadcast);
        var listener = await station.ListenAsync(topics: ["a", "b"]);

        listener.Client.Abort();
        await Patience.UntilAsync(() => _log.Count == 4, "it has left both");

        Assert.That(_log, Is.EqualTo(new[] { "+a", "+b", "-a", "-b" }));
        Assert.That(_broadcast.Subscribers, Is.Zero);
    }

    [Test]
    public async Task A_response_that_cannot_begin_leaves_nothing_open()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", async (request, response) =>
        {
            await response.WriteAsync("too early");
            await Response.Events(_broadcast.Subscribe()).WriteAsync(request, response);
        });
        var client = server.Connect();
        await client.AskAsync("/");
        await client.ReadUntilAsync("too early\r\n");

        Assert.That(await client.ReadToEndAsync(), Is.Empty);
        Assert.That(_broadcast.Subscribers, Is.Zero);
        Assert.That(_log, Is.Empty);
    }

    [Test]
    public async Task A_response_is_sent_once()
    {
        await using var station = new Station(broadcast: _broadcast);
        var subscription = _broadcast.Subscribe();
        await station.ListenAsync(_ => subscription);
        var client = station.Server.Connect();
        station.Ask(client, _ => subscription, out var target);

        Assert.That((await client.GetAsync(target)).Status, Is.EqualTo(500));
        Assert.That(_broadcast.Subscribers, Is.EqualTo(1));
        Assert.That(_log, Is.EqualTo(new[] { "+" }));
    }

    /// <summary>A hook is outside of all locks: it may use the broadcast, and wait for others who do.</summary>
    [Test]
    public async Task A_hook_may_use_the_broadcast_and_wait_for_other_threads_that_do()
    {
        Broadcast<string> news = null!;
        void Use(Subscription<string> subscription, string topic)
        {
            var elsewhere = Task.Run(() =>
            {
                news.Publish($"{subscription.IsOpen} {topic}", topic: "presence");
                return news.Topics.Count + news.CountFollowers(topic) + subscription.Topics.Count + subscription.Key.Length;
            });
            Assert.That(elsewhere.Wait(Patience.Limit));
        }
        news = new Broadcast<string> { OnJoin = Use, OnLeave = Use };
        await using var station = new Station(broadcast: news);

        var watcher = await station.ListenAsync(topics: ["presence"]);
        var listener = await station.ListenAsync(topics: ["a"]);
        listener.Subscription.Follow("b");
        listener.Subscription.Unfollow("a");
        listener.Client.Abort();
        var told = await watcher.ReadAsync(5);

        Assert.That(told.Select(heard => heard.Data), Is.EqualTo(new[] { "True presence", "True a", "True b", "True a", "False b" }));
    }

    private Broadcast<string> New(Func<string, bool>? joiningFails, Func<string, bool>? leavingFails, BroadcastOptions? options = null) => new(options)
    {
        OnJoin = (_, topic) => Tell("+", topic, joiningFails),
        OnLeave = (_, topic) => Tell("-", topic, leavingFails),
    };

    private void Tell(string what, string topic, Func<string, bool>? fails)
    {
        _log.Enqueue(what + topic);
        if (fails?.Invoke(topic) == true) throw new InvalidDataException("This hook fails on purpose.");
    }
}
