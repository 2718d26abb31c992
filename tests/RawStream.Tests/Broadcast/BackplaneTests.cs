using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>Two nodes have copies of one log, which somebody else owns.</summary>
public sealed class BackplaneTests
{
    private Exchange _exchange = null!;
    private Station _first = null!;
    private Station _second = null!;

    [SetUp]
    public void CreateNodes()
    {
        _exchange = new Exchange("owner");
        _first = new Station(broadcast: _exchange.Join());
        _second = new Station(broadcast: _exchange.Join());
    }

    [TearDown]
    public async Task DisposeNodes()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Test]
    public async Task All_nodes_have_the_same_events_under_the_same_ids()
    {
        var here = await _first.ListenAsync(topics: ["a"]);
        var there = await _second.ListenAsync(topics: ["a"]);

        await _first.Broadcast.PublishAsync("one", "said", topic: "a");
        await _second.Broadcast.PublishAsync("two", topic: "b");
        await _second.Broadcast.PublishAsync("three", topic: "a");

        Heard[] expected = [new Heard("owner-1", "said", "one", null), new Heard("owner-3", null, "three", null)];
        Assert.That(await here.ReadAsync(2), Is.EqualTo(expected));
        Assert.That(await there.ReadAsync(2), Is.EqualTo(expected));
        Assert.That(_first.Broadcast.LastEventId, Is.EqualTo("owner-3"));
    }

    [Test]
    public async Task An_id_may_be_as_long_as_it_can_be()
    {
        var epoch = new string('e', 64);
        var listener = await _first.ListenAsync();

        _first.Broadcast.Receive(epoch, long.MaxValue - 1, new BroadcastMessage<string>("x"));
        _first.Broadcast.Receive(epoch, long.MaxValue, new BroadcastMessage<string>("y"));
        var resumed = await _first.ListenAsync($"{epoch}-{long.MaxValue - 1}");

        Assert.That((await listener.ReadAsync(3))[2], Is.EqualTo(new Heard($"{epoch}-9223372036854775807", null, "y", null)));
        Assert.That((await resumed.ReadAsync(1)).Single(), Is.EqualTo(listener.Record[2]));
        Assert.That(() => _first.Broadcast.Receive(epoch + "e", 1, new BroadcastMessage<string>("x")), Throws.ArgumentException);
        Assert.That(() => _first.Broadcast.Receive(epoch, 0, new BroadcastMessage<string>("x")), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public async Task A_client_resumes_at_the_other_node()
    {
        await PublishAsync(10);

        var listener = await _second.ListenAsync("owner-7");

        Assert.That((await listener.ReadUntilAsync(10)).Select(heard => heard.Id), Is.EqualTo(new[] { "owner-8", "owner-9", "owner-10" }));
    }

    /// <summary>The client has seen events there that have not come here yet.</summary>
    [Test]
    public async Task A_client_resumes_at_a_node_that_is_a_little_behind([Values(1, 3)] int topics)
    {
        await PublishAsync(5);
        _exchange.Passes = (node, _) => node == _first.Broadcast;
        await PublishAsync(3);

        string[] followed = topics == 1 ? [""] : ["", "other", "third"];
        var listener = await _second.ListenAsync("owner-8", topics: followed);
        var isNew = await _second.ListenAsync(topics: followed);
        for (var sequence = 6; sequence <= 8; sequence++) _second.Broadcast.Receive("owner", sequence, new BroadcastMessage<string>(Station.Text(sequence)));
        _exchange.Passes = (_, _) => true;
        await PublishAsync(2);

        Assert.That((await listener.ReadUntilAsync(10)).Select(heard => heard.Id), Is.EqualTo(new[] { "owner-9", "owner-10" }));
        Assert.That((await isNew.ReadUntilAsync(10)).Select(heard => heard.Sequence), Is.EqualTo(new[] { 6, 7, 8, 9, 10 }));
    }

    [Test]
    public async Task What_was_had_already_is_ignored()
    {
        var listener = await _first.ListenAsync();
        await PublishAsync(3);
        foreach (var sequence in new[] { 3, 1, 2, 3 }) _first.Broadcast.Receive("owner", sequence, new BroadcastMessage<string>("again"));
        await PublishAsync(1);

        Assert.That((await listener.ReadUntilAsync(4)).Select(heard => heard.Data), Is.EqualTo(new[] { "1", "2", "3", "4" }));
    }

    [Test]
    public async Task A_hole_gives_each_stream_exactly_one_gap_event([Values(1, 7)] int missing)
    {
        var one = await _first.ListenAsync(topics: ["a"]);
        var several = await _first.ListenAsync(topics: ["b", "a", "never used"]);
        var conflating = await _first.ListenAsync(topics: ["a", "b"], policy: SlowConsumerPolicy.ConflateByKey);
        await PublishAsync(2, "a");
        await PublishAsync(2, "b");
        _exchange.Passes = (node, _) => node != _first.Broadcast;
        await PublishAsync(missing, "a");
        _exchange.Passes = (_, _) => true;
        await PublishAsync(2, "b");
        await PublishAsync(2, "a");

        var gap = new Heard($"owner-{4 + missing}", "gap", $"{{\"missed\":{missing}}}", null);
        Assert.That((await one.ReadUntilAsync(8 + missing)).Select(Short), Is.EqualTo(new[] { "1", "2", Short(gap), $"{7 + missing}", $"{8 + missing}" }));
        foreach (var listener in new[] { several, conflating })
        {
            Assert.That(
                (await listener.ReadUntilAsync(8 + missing)).Select(Short),
                Is.EqualTo(new[] { "1", "2", "3", "4", Short(gap), $"{5 + missing}", $"{6 + missing}", $"{7 + missing}", $"{8 + missing}" }));
            Assert.That(listener.Gaps.Single(), Is.EqualTo(gap));
        }
    }

    [Test]
    public async Task A_hole_is_told_to_clients_that_resume_before_it_and_to_no_others()
    {
        await PublishAsync(4, "a");
        _exchange.Passes = (node, _) => node != _first.Broadcast;
        await PublishAsync(3, "a");
        _exchange.Passes = (_, _) => true;
        await PublishAsync(2, "a");

        var before = await _first.ListenAsync("owner-3", topics: ["a"]);
        var within = await _first.ListenAsync("owner-5", topics: ["a"]);
        var after = await _first.ListenAsync("owner-7", topics: ["a"]);
        var elsewhere = await _first.ListenAsync("owner-3", topics: ["created later"]);

        Assert.That((await before.ReadUntilAsync(9)).Select(Short), Is.EqualTo(new[] { "4", "gap 7", "8", "9" }));
        Assert.That((await within.ReadUntilAsync(9)).Select(Short), Is.EqualTo(new[] { "gap 7", "8", "9" }));
        Assert.That((await after.ReadUntilAsync(9)).Select(Short), Is.EqualTo(new[] { "8", "9" }));
        Assert.That((await elsewhere.ReadAsync(1)).Single().IsGap, "its events may have been in the hole");
    }

    [Test]
    public async Task A_stalled_client_gets_one_gap_event_for_what_it_has_lost_and_the_hole_behind_it([Values] SlowConsumerPolicy policy)
    {
        if (policy is SlowConsumerPolicy.Wait or SlowConsumerPolicy.Disconnect) return;
        await using var station = new Station(broadcast: _exchange.Join(new BroadcastOptions { MaxEvents = 10, SlowConsumer = policy }));
        var listener = await station.ListenAsync();
        while (listener.Subscription.Passed() == _exchange.Sequence) await PublishAsync(1, size: Station.Large);
        await PublishAsync(15, size: Station.Large);
        _exchange.Passes = (node, _) => node != station.Broadcast;
        await PublishAsync(5, size: Station.Large);
        _exchange.Passes = (_, _) => true;
        await PublishAsync(30, size: Station.Large);

        await listener.ReadUntilAsync(_exchange.Sequence);

        _exchange.Ledger.Check(listener.Record, 0, _exchange.Sequence, policy.ToString());
        Assert.That(listener.Gaps, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_new_epoch_gives_each_stream_exactly_one_gap_event([Values(1, 2, 50)] int first, [Values] bool isStalled)
    {
        var one = await _first.ListenAsync();
        var several = await _first.ListenAsync(topics: ["", "other"]);
        await PublishAsync(3);
        if (isStalled)
            while (one.Subscription.Passed() == _exchange.Sequence) await PublishAsync(1, size: Station.Large);
        var old = (int)_exchange.Sequence;
        if (!isStalled) await several.ReadUntilAsync(old);

        (_exchange.Epoch, _exchange.Sequence) = ("next", first - 1);
        var subscribed = _first.Broadcast.Subscribe(); // And sent later.
        await PublishAsync(2, ledger: false);

        foreach (var listener in new[] { one, several })
        {
            while (listener.Record.Count == 0 || listener.Record[^1].Id != $"next-{first + 1}") await listener.ReadAsync();
            Assert.That(listener.Gaps.Single(), Is.EqualTo(new Heard($"next-{first - 1}", "gap", "{\"missed\":null}", null)));
            Assert.That(listener.Record.SkipWhile(heard => !heard.IsGap).Skip(1).Select(heard => heard.Id), Is.EqualTo(new[] { $"next-{first}", $"next-{first + 1}" }));
        }
        var resumed = await _first.ListenAsync($"owner-{old}");
        Assert.That((await resumed.ReadAsync(3)).Select(heard => heard.Id), Is.EqualTo(new[] { $"next-{first - 1}", $"next-{first}", $"next-{first + 1}" }));
        var late = await _first.ListenAsync(_ => subscribed);
        Assert.That((await late.ReadAsync(3)).Select(Short), Is.EqualTo(new[] { $"gap {first - 1}", $"{first}", $"{first + 1}" }));
    }

    [Test]
    public async Task The_very_first_event_of_a_log_is_no_gap_and_one_in_its_middle_is()
    {
        var listener = await _first.ListenAsync();
        await PublishAsync(1);
        var late = new Station(broadcast: _exchange.Join());
        await using var disposed = late;
        var lateListener = await late.ListenAsync();
        await PublishAsync(1);

        Assert.That((await listener.ReadAsync(2)).Select(Short), Is.EqualTo(new[] { "1", "2" }));
        Assert.That((await lateListener.ReadAsync(2)).Select(Short), Is.EqualTo(new[] { "gap 1", "2" }));
    }

    [Test]
    public async Task Publishing_goes_through_the_backplane_and_not_around_it()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        Assert.That(() => _first.Broadcast.Publish("x"), Throws.InvalidOperationException);
        await Assert.ThatAsync(async () => await _first.Broadcast.PublishAsync("x", cancellationToken: stop.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_first.Broadcast.LastEventId, Is.Null);
    }

    [Test]
    public async Task Nobody_can_be_waited_for()
    {
        await using var station = new Station(broadcast: _exchange.Join(new BroadcastOptions { MaxEvents = 5, SlowConsumer = SlowConsumerPolicy.Wait }));
        var listener = await station.ListenAsync();
        while (listener.Subscription.Passed() == _exchange.Sequence) await PublishAsync(1, size: Station.Large);

        await Assert.ThatAsync(() => PublishAsync(10, size: Station.Large), Throws.InvalidOperationException);
        await listener.ReadUntilAsync(station.LastSequence);
        var last = station.LastSequence;
        await PublishAsync(1);

        Assert.That((await listener.ReadAsync(2)).Select(heard => heard.IsGap), Is.EqualTo(new[] { true, false }));
        Assert.That(listener.Gaps.Single().Missed, Is.EqualTo(_exchange.Sequence - 1 - last));
    }

    private static string Short(Heard heard) => heard.IsGap ? $"gap {heard.Sequence}" : Station.Text(heard.Sequence);

    private async Task PublishAsync(int count, string topic = "", int size = 0, bool ledger = true)
    {
        for (var i = 0; i < count; i++)
        {
            var text = Station.Text(_exchange.Sequence + 1, size);
            if (ledger) await _exchange.PublishAsync(new BroadcastMessage<string>(text, Topic: topic), default);
            else _first.Broadcast.Receive(_exchange.Epoch, ++_exchange.Sequence, new BroadcastMessage<string>(text, Topic: topic));
        }
        await _exchange.DeliveredAsync();
    }
}
