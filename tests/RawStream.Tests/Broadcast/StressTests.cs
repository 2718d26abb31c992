using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

// The invariant: whatever publishers and clients do at a time, each client's record is right; and when all is over, nobody subscribes, no thread is stuck,
// nothing is logged as an error, and every rented array is back.

/// <summary>Everything at a time, for a while: publishers, clients that join, leave, follow and read slowly, and completion in the middle of it.</summary>
[NonParallelizable] // It counts what belongs to the whole process.
public sealed class StressTests
{
    private const int Publishers = 3;
    private const int Clients = 12;
    private const int Sessions = 60; // After as many the broadcast is completed, in the middle of all others.

    private static readonly string[] Topics = ["a", "b", "c"];

    [Test]
    public async Task Each_record_is_right_and_nothing_is_left([Values] bool overTcp, [Values(1, 2, 0)] int seed)
    {
        if (seed == 0) seed = Random.Shared.Next();
        using var rented = new RentedArrays();
        var joins = 0;
        var options = new BroadcastOptions { MaxEvents = 40, MaxBytes = 100_000, Epoch = "e" };
        var news = new Broadcast<string>(options) { OnJoin = (_, _) => Interlocked.Increment(ref joins), OnLeave = (_, _) => Interlocked.Decrement(ref joins) };
        var station = new Station(broadcast: news);
        await station.Server.StartAsync();
        var ledger = new Ledger();
        var completed = new Signal();

        var sessions = new ConcurrentQueue<Session>();
        var publishing = Enumerable.Range(0, Publishers).Select(id => Task.Run(() => PublishAsync(news, ledger, completed, new Random(seed + id)))).ToList();
        var listening = Enumerable.Range(0, Clients).Select(id => Task.Run(() => ListenAsync(station, sessions, completed, overTcp, new Random(seed - id - 1)))).ToList();
        try
        {
            await Task.WhenAll([.. publishing, .. listening]).WaitAsync(3 * Patience.Limit);
        }
        finally
        {
            completed.Set(); // Or the publishers would go on for ever.
        }

        foreach (var session in sessions) Check(ledger, session, $"seed {seed}");
        await station.Server.UntilIdleAsync();
        Assert.That(ledger.Count, Is.GreaterThan(100));
        Assert.That(news.Subscribers, Is.Zero);
        Assert.That(Topics.Sum(news.CountFollowers), Is.Zero);
        Assert.That(joins, Is.Zero);
        station.Server.Log.AssertQuiet(LogLevel.Warning);
        await station.DisposeAsync();
        await Patience.UntilAsync(() => rented.Count == 0, $"every array is returned (seed {seed})");
    }

    private static async Task PublishAsync(Broadcast<string> news, Ledger ledger, Signal completed, Random random)
    {
        while (!completed.HasCome)
        {
            var (topic, data) = (Topics[random.Next(3)], new string('x', random.Next(random.Next(20) == 0 ? 20_000 : 100)));
            try
            {
                ledger.Publish(news, data, topic, key: random.Next(3) == 0 ? null : $"{random.Next(5)}");
            }
            catch (InvalidOperationException)
            {
                return; // It is completed.
            }
            if (random.Next(10) == 0) await Task.Yield();
            if (random.Next(20) == 0) await news.DeliveredAsync().Within();
        }
    }

    private sealed record Session(Listener Listener, long? After, SlowConsumerPolicy Policy, string[] Topics, bool Changes, bool MustHaveEnded);

    private static async Task ListenAsync(Station station, ConcurrentQueue<Session> sessions, Signal completed, bool overTcp, Random random)
    {
        string? id = null;
        string[] topics = [];
        while (!completed.HasCome)
        {
            var policy = (SlowConsumerPolicy)random.Next(4); // None that is waited for: publishers do not.
            if (id is null) topics = [.. Topics.Where(_ => random.Next(2) == 0), Topics[random.Next(3)]];
            id ??= station.Broadcast.LastEventId;
            await using var listener = await station.ListenAsync(id, policy, topics: topics, overTcp: overTcp);
            if (listener.WasCutOff) continue; // It was too slow before its head was sent.
            if (listener.Head.Contains(" 204 ", StringComparison.Ordinal)) return;
            if (random.Next(3) == 0) listener.Client.ReadAtMost(random.Next(50, 3000));
            var changes = random.Next(3) == 0;
            for (var count = random.Next(600); count > 0 && await listener.ReadAsync() is not null; count--)
            {
                var topic = Topics[random.Next(3)];
                // One that follows nothing would wait for ever.
                if (changes && random.Next(5) == 0 && !listener.Subscription.Follow(topic, random.Next(5)) && listener.Subscription.Topics.Count > 1)
                    listener.Subscription.Unfollow(topic);
                if (random.Next(200) == 0) await Task.Yield();
                if (random.Next(300) == 0) await station.Broadcast.DeliveredAsync().Within();
            }
            var isEnded = random.Next(5) == 0;
            if (isEnded)
            {
                listener.Subscription.End();
                await listener.ReadToEndAsync();
            }
            else if (random.Next(2) == 0)
            {
                listener.Client.Abort();
            }
            sessions.Enqueue(new Session(listener, SequenceOf(id), policy, topics, changes, isEnded && policy != SlowConsumerPolicy.Disconnect));
            if (sessions.Count >= Sessions)
            {
                station.Broadcast.Complete();
                completed.Set();
            }
            if (listener.Record.LastOrDefault(heard => heard.Id is not null) is { } last) id = last.Id;
            if (changes || random.Next(4) == 0) id = null;
        }
    }

    private static void Check(Ledger ledger, Session session, string why)
    {
        var record = session.Listener.Record;
        if (session.MustHaveEnded) Assert.That(session.Listener.HasEnded, why);
        if (record.Count == 0) return;
        // Of what is conflated, or followed for a while only, the order can be told. What is replayed has no id.
        if (session.Policy == SlowConsumerPolicy.ConflateByKey || session.Changes)
            Assert.That(record.Where(heard => !heard.IsGap && heard.Id is not null).Select(heard => heard.Sequence), Is.Ordered.And.Unique, why);
        else
            ledger.Check(record, session.After ?? 0, upTo: null, why, mayGapBeIdle: false, session.Topics);
    }

    private static long? SequenceOf(string? id) => id is null ? null : long.Parse(id[2..], CultureInfo.InvariantCulture);
}
