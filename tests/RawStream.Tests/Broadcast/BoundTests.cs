using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NUnit.Framework;
using RawStream.Streaming;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>Each bound, crossed.</summary>
[NonParallelizable] // It measures the memory of the whole process.
public sealed class BoundTests
{
    [Test]
    public void Options_that_make_no_sense_are_refused()
    {
        Assert.That(() => new BroadcastOptions { MaxEvents = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new BroadcastOptions { MaxBytes = 1023 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new BroadcastOptions { MaxTopics = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new BroadcastOptions { Replay = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new SubscribeOptions { Replay = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new BroadcastOptions { Epoch = "" }, Throws.ArgumentException);
        Assert.That(() => new BroadcastOptions { Epoch = "a-b" }, Throws.ArgumentException);
        Assert.That(() => new BroadcastOptions { Epoch = new string('a', 65) }, Throws.ArgumentException);
        Assert.That(() => new BroadcastOptions { Epoch = "a\n" }, Throws.ArgumentException);
    }

    [TestCase(1)]
    [TestCase(7)]
    public async Task So_many_events_are_kept_and_no_more(int events)
    {
        await using var station = new Station(new BroadcastOptions { Epoch = "e", MaxEvents = events });
        await station.PublishAsync(20);

        var all = await station.ListenAsync($"e-{20 - events}");
        var oneMissing = await station.ListenAsync($"e-{19 - events}");

        Assert.That((await all.ReadUntilAsync(20)).Select(heard => heard.Sequence), Is.EqualTo(Enumerable.Range(21 - events, events)));
        Assert.That((await oneMissing.ReadUntilAsync(20))[0].Missed, Is.EqualTo(1));
    }

    /// <summary>An event of 256 bytes as it is sent: four of them fit.</summary>
    [Test]
    public async Task So_many_bytes_are_kept_and_no_more()
    {
        await using var station = new Station(new BroadcastOptions { Epoch = "e", MaxBytes = 1024 });
        const int framing = 6 + 8 + 8; // Chunk, id of one digit, data and its end.
        for (var i = 0; i < 9; i++) station.Broadcast.Publish(new string('x', 256 - framing));

        var all = await station.ListenAsync("e-5");
        var oneMissing = await station.ListenAsync("e-4");

        Assert.That((await all.ReadUntilAsync(9)).Select(heard => heard.Sequence), Is.EqualTo(new[] { 6, 7, 8, 9 }));
        Assert.That((await oneMissing.ReadUntilAsync(9))[0].Missed, Is.EqualTo(1));
    }

    [TestCase(1024)]
    [TestCase(200_000)]
    public async Task An_event_that_the_log_could_not_keep_is_refused_and_one_that_it_can_is_not(int maxBytes)
    {
        await using var station = new Station(new BroadcastOptions { MaxBytes = maxBytes });
        var listener = await station.ListenAsync();

        Assert.That(() => station.Broadcast.Publish(new string('x', maxBytes)), Throws.ArgumentException);
        await Assert.ThatAsync(async () => await station.Broadcast.PublishAsync(new string('x', maxBytes)), Throws.ArgumentException);
        station.Broadcast.Publish(new string('x', maxBytes - 120));

        var heard = await listener.ReadAsync();
        Assert.That(heard!.Sequence, Is.EqualTo(1));
        Assert.That(heard.Data, Has.Length.EqualTo(maxBytes - 120));
    }

    [Test]
    public void The_memory_of_the_log_does_not_grow()
    {
        var news = new Broadcast<string>(new BroadcastOptions { MaxEvents = 1000 });
        for (var i = 0; i < 2000; i++) news.Publish("warm up", key: "k");
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < 1_000_000; i++) news.Publish("an event like any other", key: "k");

        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(1024 * 1024));
        GC.KeepAlive(news);
    }

    [Test]
    public async Task Nor_does_that_of_what_is_kept_for_conflation()
    {
        var news = new Broadcast<string>(new BroadcastOptions { MaxEvents = 1000, SlowConsumer = SlowConsumerPolicy.ConflateByKey });
        await using var sequence = news.Subscribe().GetAsyncEnumerator(); // It takes nothing.
        for (var i = 0; i < 5000; i++) news.Publish("warm up", key: $"{i}");
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < 100_000; i++) news.Publish("an event like any other", key: $"{i}");

        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(1024 * 1024));
        GC.KeepAlive(news);
    }

    /// <summary>A stalled client waits for the end of one event, which is in its connection's buffer.</summary>
    [Test]
    public async Task Old_segments_go_although_a_client_is_stalled()
    {
        await using var station = new Station(new BroadcastOptions { MaxEvents = 100 });
        var listener = await station.ListenAsync();
        var delivered = await station.StallAsync(listener);
        var segment = SegmentAfter(station.Broadcast, delivered - 1);
        Assert.That(segment.IsAlive);

        await station.PublishAsync(300, Station.Large);

        await UntilCollectedAsync(segment);
        Assert.That(listener.Subscription.IsOpen);
        await listener.ReadUntilAsync(station.LastSequence);
        Assert.That(listener.Gaps, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task What_a_stalled_client_that_keeps_the_newest_holds_goes_when_it_leaves()
    {
        await using var station = new Station(new BroadcastOptions { MaxEvents = 100, SlowConsumer = SlowConsumerPolicy.DropNewest });
        var listener = await station.ListenAsync();
        var delivered = await station.StallAsync(listener);
        var segment = SegmentAfter(station.Broadcast, delivered);
        await station.PublishAsync(300, Station.Large);
        GC.Collect();
        Assert.That(segment.IsAlive);

        listener.Client.Abort();
        await Patience.UntilAsync(() => station.Broadcast.Subscribers == 0, "it has left");

        await UntilCollectedAsync(segment);
    }

    /// <summary>The array in which the event after this one stands.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference SegmentAfter(Broadcast<string> broadcast, int sequence)
    {
        var probe = broadcast.Subscribe($"{broadcast.LastEventId!.Split('-')[0]}-{sequence}");
        probe.Open(new Probe());
        var read = probe.Read();
        Assert.That(read.From, Is.EqualTo(sequence));
        MemoryMarshal.TryGetArray(read.Bytes, out var array);
        probe.Close();
        return new WeakReference(array.Array);
    }

    private static Task UntilCollectedAsync(WeakReference segment) => Patience.UntilAsync(
        () =>
        {
            GC.Collect();
            return !segment.IsAlive;
        },
        "nobody holds the segment");

    private sealed class Probe : ISubscriber<string>
    {
        public StreamHealth? Health => null;

        public void Signal(ref LogBatch<string> shared)
        {
            // It only looks.
        }
    }
}
