using System.Net.ServerSentEvents;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>A subscription as an async sequence, without HTTP.</summary>
public sealed class SequenceTests
{
    private static readonly BroadcastOptions Small = new() { Epoch = "e", MaxEvents = 10 };

    [Test]
    public async Task The_events_come_as_values_with_their_types_and_ids()
    {
        var news = new Broadcast<Said>(BroadcastJson.Default.Said, Small);
        await using var sequence = news.Subscribe().GetAsyncEnumerator();
        var said = new Said("Hello");

        news.Publish(said, "said");
        Assert.That(await sequence.MoveNextAsync().Within());

        Assert.That(sequence.Current.Data, Is.SameAs(said));
        Assert.That(sequence.Current.EventType, Is.EqualTo("said"));
        Assert.That(sequence.Current.EventId, Is.EqualTo("e-1"));
    }

    [Test]
    public async Task What_comes_while_it_waits_is_there_at_once()
    {
        var news = new Broadcast<string>(Small);
        await using var sequence = news.Subscribe().GetAsyncEnumerator();

        for (var i = 1; i <= 100; i++)
        {
            var next = sequence.MoveNextAsync().AsTask();
            Assert.That(next.IsCompleted, Is.False);
            news.Publish(Station.Text(i));
            Assert.That(await next.Within());
            Assert.That(sequence.Current.Data, Is.EqualTo(Station.Text(i)));
        }
    }

    [Test]
    public async Task Completion_ends_it_after_what_was_published([Values] bool whileItWaits)
    {
        var news = new Broadcast<string>(Small);
        await using var sequence = news.Subscribe().GetAsyncEnumerator();
        if (!whileItWaits) news.Publish("last");
        var next = whileItWaits ? sequence.MoveNextAsync().AsTask() : null;

        news.Complete();

        if (!whileItWaits) Assert.That(await sequence.MoveNextAsync().Within());
        Assert.That(await (next ?? sequence.MoveNextAsync().AsTask()).Within(), Is.False);
        Assert.That(await sequence.MoveNextAsync().Within(), Is.False);
    }

    [Test]
    public async Task End_ends_it_after_what_was_published_so_far([Values] bool whileItWaits)
    {
        var news = new Broadcast<string>(Small);
        var subscription = news.Subscribe();
        await using var sequence = subscription.GetAsyncEnumerator();
        if (!whileItWaits) news.Publish("last");
        var next = whileItWaits ? sequence.MoveNextAsync().AsTask() : null;

        subscription.End();

        if (!whileItWaits) Assert.That(await sequence.MoveNextAsync().Within());
        Assert.That(await (next ?? sequence.MoveNextAsync().AsTask()).Within(), Is.False);
    }

    [Test]
    public async Task A_token_ends_it_without_an_exception([Values("before", "while it waits", "between")] string when)
    {
        var news = new Broadcast<string>(Small);
        using var stop = new CancellationTokenSource();
        if (when == "before") await stop.CancelAsync();
        await using var sequence = news.Subscribe().GetAsyncEnumerator(stop.Token);
        if (when == "between") news.Publish("nobody takes it");
        var next = when == "while it waits" ? sequence.MoveNextAsync().AsTask() : null;

        await stop.CancelAsync();

        Assert.That(await (next ?? sequence.MoveNextAsync().AsTask()).Within(), Is.False);
    }

    [Test]
    public async Task Disposing_of_it_while_it_waits_ends_it()
    {
        var news = new Broadcast<string>(Small);
        var sequence = news.Subscribe().GetAsyncEnumerator();
        var next = sequence.MoveNextAsync().AsTask();

        await sequence.DisposeAsync();

        Assert.That(await next.Within(), Is.False);
        Assert.That(await sequence.MoveNextAsync().Within(), Is.False);
        Assert.That(news.Subscribers, Is.Zero);
        Assert.That(news.CountFollowers(), Is.Zero);
    }

    [Test]
    public void It_is_enumerated_once()
    {
        var subscription = new Broadcast<string>().Subscribe();
        subscription.GetAsyncEnumerator();

        Assert.That(() => subscription.GetAsyncEnumerator(), Throws.InvalidOperationException);
        Assert.That(subscription.IsOpen);
    }

    [TestCase(SlowConsumerPolicy.DropOldest, "16,17,18,19,20,21,22,23,24,25")]
    [TestCase(SlowConsumerPolicy.DropNewest, "1,2,3,4,5,6,7,8,9,10,16,17,18,19,20,21,22,23,24,25")]
    [TestCase(SlowConsumerPolicy.ConflateByKey, "22,23,24,25")]
    public async Task A_reader_that_is_too_slow(SlowConsumerPolicy policy, string expected)
    {
        var news = new Broadcast<string>(Small);
        var subscription = news.Subscribe(options: new SubscribeOptions { SlowConsumer = policy });
        await using var sequence = subscription.GetAsyncEnumerator();

        for (var i = 1; i <= 25; i++) news.Publish(Station.Text(i), key: $"k{i % 4}");
        news.Complete();

        var taken = new List<string>();
        while (await sequence.MoveNextAsync().Within()) taken.Add(sequence.Current.Data);
        Assert.That(string.Join(',', taken), Is.EqualTo(expected));
        Assert.That(subscription.Delivered, Is.EqualTo(taken.Count));
        Assert.That(subscription.Passed(), Is.EqualTo(25));
        Assert.That(subscription.Dropped, policy == SlowConsumerPolicy.ConflateByKey ? Is.Zero : Is.EqualTo(25 - taken.Count));
    }

    [Test]
    public async Task A_reader_that_is_too_slow_is_disconnected_by_an_exception()
    {
        var news = new Broadcast<string>(Small);
        await using var sequence = news.Subscribe(options: new SubscribeOptions { SlowConsumer = SlowConsumerPolicy.Disconnect }).GetAsyncEnumerator();

        for (var i = 1; i <= 25; i++) news.Publish(Station.Text(i));

        await Assert.ThatAsync(async () => await sequence.MoveNextAsync(), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task It_resumes_and_tells_what_it_has_lost()
    {
        var news = new Broadcast<string>(Small);
        for (var i = 1; i <= 25; i++) news.Publish(Station.Text(i));
        await using var sequence = news.Subscribe("e-20").GetAsyncEnumerator();

        Assert.That(await sequence.MoveNextAsync().Within());
        Assert.That(sequence.Current.EventId, Is.EqualTo("e-21"));
    }

    [Test]
    public async Task Many_publishers_at_a_time_are_heard_in_one_order_by_all([Values(1, 2, 3)] int seed)
    {
        const int publishers = 4, each = 3000;
        var news = new Broadcast<string>(new BroadcastOptions { MaxEvents = publishers * each, MaxBytes = 16 * 1024 * 1024 });
        string[] topics = ["a", "b", "c"];
        var sequences = Enumerable.Range(0, 3).Select(_ => news.Subscribe(topics)).ToList();
        var reading = sequences.Select(sequence => Task.Run(() => TakeAsync(sequence))).ToList();
        await Patience.UntilAsync(() => news.Subscribers == 3, "all are open");

        await Task.WhenAll(Enumerable.Range(0, publishers).Select(publisher => Task.Run(() =>
        {
            var random = new Random(seed * publishers + publisher);
            for (var i = 0; i < each; i++) news.Publish($"{publisher}:{i}", topic: topics[random.Next(topics.Length)]);
        }))).Within();
        news.Complete();

        var records = await Task.WhenAll(reading).Within();
        Assert.That(records[0].Select(item => item.EventId![(item.EventId!.LastIndexOf('-') + 1)..]), Is.EqualTo(Enumerable.Range(1, publishers * each).Select(i => Station.Text(i))));
        foreach (var group in records[0].GroupBy(item => item.Data[0]))
            Assert.That(group.Select(item => item.Data[2..]), Is.EqualTo(Enumerable.Range(0, each).Select(i => Station.Text(i))), "each publisher's in its order");
        for (var i = 1; i < records.Length; i++) Assert.That(records[i], Is.EqualTo(records[0]));
        Assert.That(news.Subscribers, Is.Zero);
    }

    /// <summary>So many that several threads deliver; places that become free are taken again.</summary>
    [Test]
    public async Task A_thousand_that_come_and_go_hear_all_that_is_published_while_they_are_there([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        var news = new Broadcast<string>();
        var present = new List<(IAsyncEnumerator<SseItem<string>> Sequence, Task<bool> Next)>();
        for (var round = 1; round <= 12; round++)
        {
            while (present.Count < random.Next(300, 1000))
            {
                var sequence = news.Subscribe().GetAsyncEnumerator();
                present.Add((sequence, sequence.MoveNextAsync().AsTask()));
            }
            Assert.That(news.Subscribers, Is.EqualTo(present.Count));
            Assert.That(news.CountFollowers(), Is.EqualTo(present.Count));
            news.Publish(Station.Text(round));
            for (var i = present.Count - 1; i >= 0; i--)
            {
                var (sequence, next) = present[i];
                Assert.That(await next.Within());
                Assert.That(sequence.Current.Data, Is.EqualTo(Station.Text(round)));
                present[i] = (sequence, sequence.MoveNextAsync().AsTask());
                if (random.Next(3) > 0) continue;
                await sequence.DisposeAsync();
                present.RemoveAt(i);
            }
        }
        news.Complete();
        foreach (var (sequence, next) in present)
        {
            Assert.That(await next.Within(), Is.False);
            await sequence.DisposeAsync();
        }
        Assert.That(news.Subscribers, Is.Zero);
    }

    private static async Task<List<SseItem<string>>> TakeAsync(Subscription<string> subscription)
    {
        var taken = new List<SseItem<string>>();
        await foreach (var item in subscription) taken.Add(item);
        return taken;
    }
}
