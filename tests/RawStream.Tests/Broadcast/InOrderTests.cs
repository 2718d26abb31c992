using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

// The invariant: whatever the bounds, and whenever clients join, leave and come back with whatever id, each one's record has nothing twice
// and nothing out of order, and exactly one gap event stands wherever, and only where, events are missing.

/// <summary>Random runs: the records of clients that come and go.</summary>
public sealed class InOrderTests
{
    private static readonly string[] Topics = ["a", "b", "c"];

    [Test]
    public async Task Each_record_is_in_order_and_tells_what_is_missing([Range(1, 30)] int seed)
    {
        var random = new Random(seed);
        var options = new BroadcastOptions { Epoch = "e", MaxEvents = random.Next(1, 50), MaxBytes = random.Next(8_000, 100_000), MaxTopics = random.Next(3, 5) };
        await using var station = new Station(options);
        var run = new Run(station, random, seed);
        for (var step = 0; step < 300; step++) await run.StepAsync();
        await run.EndAsync();
    }

    private sealed record Session(Listener Listener, long After, string[] Topics, bool HasStrangeId);

    private sealed class Run(Station station, Random random, int seed)
    {
        private readonly Ledger _ledger = new();
        private readonly List<Session> _sessions = [];
        private readonly List<(string? Id, string[] Topics)> _left = [(null, ["a"])];
        private readonly bool _hasTopics = seed % 2 == 0;

        public async Task StepAsync()
        {
            switch (random.Next(10))
            {
                case 0:
                    await JoinAsync();
                    break;
                case 1 when _sessions.Count > 0:
                    await LeaveAsync(_sessions[random.Next(_sessions.Count)]);
                    break;
                case < 5 when _sessions.Count > 0:
                    await ReadSomeAsync(_sessions[random.Next(_sessions.Count)], random.Next(20));
                    break;
                default:
                    for (var count = random.Next(12); count > 0; count--) Publish();
                    if (random.Next(3) > 0) await station.Broadcast.DeliveredAsync().Within();
                    break;
            }
        }

        public async Task EndAsync()
        {
            while (_sessions.Count > 0) await LeaveAsync(_sessions[0]);
            await Patience.UntilAsync(() => station.Broadcast.Subscribers == 0, "all have left");
        }

        private void Publish() =>
            _ledger.Publish(station.Broadcast, Station.Text(station.LastSequence + 1, random.Next(random.Next(3) == 0 ? 5000 : 50)), Pick(random.Next(100)));

        /// <summary>One topic is rare, so that its events are older than what the others have forgotten.</summary>
        private string Pick(int number) => !_hasTopics ? "a" : number < 60 ? "b" : number < 97 ? "c" : "a";

        private async Task JoinAsync()
        {
            var topics = _hasTopics ? [.. Topics.Where(_ => random.Next(2) == 0)] : new[] { "a" };
            if (topics.Length == 0) topics = ["a"];
            var (id, before) = _left[random.Next(_left.Count)];
            if (id is not null) topics = before; // It comes back to what it has left.
            var hasStrangeId = random.Next(8) == 0;
            if (hasStrangeId) id = random.Next(2) == 0 ? $"other-{random.Next(50)}" : $"e-{station.LastSequence + 1 + random.Next(50)}";
            var after = hasStrangeId ? 0 : id is null ? station.LastSequence : long.Parse(id[2..], System.Globalization.CultureInfo.InvariantCulture);
            var listener = await station.ListenAsync(id, random.Next(2) == 0 ? SlowConsumerPolicy.DropNewest : SlowConsumerPolicy.DropOldest, topics: topics);
            if (random.Next(2) == 0) listener.Client.ReadAtMost(random.Next(1, 2000));
            _sessions.Add(new Session(listener, after, topics, hasStrangeId));
        }

        private async Task LeaveAsync(Session session)
        {
            await ReadSomeAsync(session, random.Next(50));
            if (random.Next(2) == 0) session.Listener.Client.Abort();
            else await session.Listener.DisposeAsync();
            _sessions.Remove(session);
            var record = session.Listener.Record;
            if (record.Count == 0) return;
            _left.Add((record[^1].Id, session.Topics));

            _ledger.Check(record, session.After, upTo: null, $"seed {seed}", session.HasStrangeId, session.Topics);
        }

        private static async Task ReadSomeAsync(Session session, int count)
        {
            for (; count > 0 && session.Listener.Record.Count - session.Listener.Gaps.Count < session.Listener.Subscription.Delivered; count--)
                await session.Listener.ReadAsync();
        }
    }
}
