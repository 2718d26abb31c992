using System.Globalization;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

// The invariant: while clients come and go over TCP, each one's record is gapless from where it has begun to where it has left; and when all have left,
// there is no more than at the start: of connections, followers, timers, rented arrays and memory.
//
// A few seconds here; RAWSTREAM_CHURN_SECONDS=60 makes it a minute.

/// <summary>Clients join and leave at random while events are published.</summary>
[NonParallelizable] // It counts what belongs to the whole process.
public sealed class ChurnTests
{
    private const int Clients = 32;
    private const int Burst = 20;
    private const int MaxTopics = 50;
    private const long MemorySlack = 8 * 1024 * 1024;

    private static readonly string[] Topics = ["a", "b", "c"];

    private long _sessions;
    private long _resumes;
    private long _heard;
    private long _published;
    private int _most;

    [Test]
    public async Task Each_record_is_gapless_and_nothing_leaks()
    {
        var seconds = int.Parse(Environment.GetEnvironmentVariable("RAWSTREAM_CHURN_SECONDS") ?? "2", CultureInfo.InvariantCulture);
        var seed = Random.Shared.Next();
        await PlayAsync(TimeSpan.FromMilliseconds(200), seed); // The first use of things makes some that stay.
        var timers = Timer.ActiveCount;
        var memory = await MeasureAsync();
        using var rented = new RentedArrays();
        (_sessions, _resumes, _heard, _published, _most) = (0, 0, 0, 0, 0);

        await PlayAsync(TimeSpan.FromSeconds(seconds), seed);

        Assert.That(_sessions, Is.GreaterThan(Clients));
        Assert.That(_heard, Is.GreaterThan(_sessions));
        await Patience.UntilAsync(() => rented.Count == 0, $"every array is returned (seed {seed})");
        await Patience.UntilAsync(() => Timer.ActiveCount <= timers, $"every timer is gone (seed {seed})");
        var grown = long.MaxValue;
        await Patience.UntilAsync(async () => (grown = await MeasureAsync() - memory) < MemorySlack, $"the memory is free (seed {seed}); a thread that ends may hold some of it for a moment");
        await TestContext.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{seconds} s: {_sessions} sessions, {_resumes} of them resumed, at most {_most} at a time; {_published} events published, {_heard} received; memory grew by {grown / 1024} KiB"));
    }

    private async Task PlayAsync(TimeSpan duration, int seed)
    {
        // So much is kept that a client which is gone for seconds still finds what it has missed.
        var options = new BroadcastOptions { Epoch = "e", MaxEvents = 200_000, MaxBytes = 64 * 1024 * 1024, MaxTopics = MaxTopics };
        await using var station = new Station(options);
        await station.Server.StartAsync();
        var keeper = station.Broadcast.Subscribe(Topics).GetAsyncEnumerator(); // While it follows them, they make no room for others.
        var end = Environment.TickCount64 + (long)duration.TotalMilliseconds;
        var stop = new Signal();

        var playing = Task.WhenAll(Enumerable.Range(0, Clients).Select(id => Task.Run(() => ComeAndGoAsync(station, id, stop, new Random(seed + id)))));
        while (!playing.IsCompleted)
        {
            if (Environment.TickCount64 > end) stop.Set(); // Those who still read get what they wait for.
            for (var i = 0; i < Burst; i++) await PublishNextAsync(station.Broadcast);
            await station.Broadcast.DeliveredAsync().Within();
            _most = Math.Max(_most, station.Broadcast.Subscribers);
        }
        await playing;

        await keeper.DisposeAsync();
        await station.Server.UntilIdleAsync();
        station.Server.Log.AssertQuiet(LogLevel.Warning);
        Assert.That(station.Broadcast.Subscribers, Is.Zero);
        Assert.That(station.Broadcast.Topics.Sum(station.Broadcast.CountFollowers), Is.Zero);
        Assert.That(station.Broadcast.Topics, Has.Count.LessThanOrEqualTo(MaxTopics));
        Interlocked.Add(ref _published, station.LastSequence);
    }

    /// <summary>On a stack on which nothing of what was played stands.</summary>
    private static async Task<long> MeasureAsync()
    {
        await Task.Yield();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>The sequence says which topic an event has, and what its data is.</summary>
    private static async Task PublishNextAsync(Broadcast<string> broadcast)
    {
        var sequence = broadcast.LastEventId is { } id ? SequenceOf(id) + 1 : 1;
        await broadcast.PublishAsync(Station.Text(sequence, SizeOf(sequence)), topic: TopicOf(sequence)).AsTask().Within();
    }

    private async Task ComeAndGoAsync(Station station, int number, Signal stop, Random random)
    {
        string? id = null;
        string[] topics = [];
        for (var visit = 0; !stop.HasCome; visit++)
        {
            var resumes = id is not null && random.Next(3) > 0;
            if (!resumes)
            {
                // A topic of its own, which is gone when others need the room.
                topics = [.. Topics.Where(_ => random.Next(2) == 0).DefaultIfEmpty("a"), $"{number}, visit {visit}"];
                id = station.Broadcast.LastEventId ?? "e-0";
            }
            var policy = random.Next(2) == 0 ? SlowConsumerPolicy.Wait : SlowConsumerPolicy.DropOldest;
            await using var listener = await station.ListenAsync(id, policy, topics: resumes ? [.. topics.Intersect(Topics)] : topics, overTcp: true);
            id = await ListenAsync(listener, id!, topics, random.Next(1, 400));
            Interlocked.Increment(ref _sessions);
            if (resumes) Interlocked.Increment(ref _resumes);
            if (random.Next(3) == 0) listener.Client.Abort();
            else if (random.Next(2) == 0) listener.Client.Finish();
        }
    }

    /// <summary>Reads so many events; each has to be the next one of its topics.</summary>
    private async Task<string> ListenAsync(Listener listener, string id, string[] topics, int count)
    {
        for (var sequence = SequenceOf(id); count > 0; count--)
        {
            do sequence++;
            while (!topics.Contains(TopicOf(sequence)));
            var heard = await listener.ReadAsync();
            Assert.That(heard, Is.EqualTo(new Heard($"e-{sequence}", null, Station.Text(sequence, SizeOf(sequence)), null)));
            id = heard!.Id!;
            Interlocked.Increment(ref _heard);
        }
        return id;
    }

    private static long SequenceOf(string id) => long.Parse(id[2..], CultureInfo.InvariantCulture);

    private static string TopicOf(long sequence) => Topics[sequence * sequence % 7 % 3];

    private static int SizeOf(long sequence) => sequence % 500 == 0 ? 20_000 : (int)(sequence % 100);
}
