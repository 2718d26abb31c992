using NUnit.Framework;

namespace RawStream.Tests.Broadcast;

/// <summary>What was published, and whether a client's record of it is right: in order, nothing twice, and where something is missing exactly one gap event says so.</summary>
internal sealed class Ledger
{
    private readonly SortedDictionary<long, (string Topic, string Data)> _published = [];

    public int Count
    {
        get
        {
            lock (_published) return _published.Count;
        }
    }

    public void Add(long sequence, string data, string topic = "")
    {
        lock (_published) _published.Add(sequence, (topic, data));
    }

    /// <summary>Publishes and keeps it.</summary>
    public long Publish(Broadcast<string> broadcast, string data, string topic = "", string? key = null)
    {
        var sequence = broadcast.Publish(data, key: key, topic: topic);
        Add(sequence, data, topic);
        return sequence;
    }

    /// <summary>Checks the record of a client. How many events are missing from it.</summary>
    /// <param name="record">What it was sent.</param>
    /// <param name="after">The last event before it.</param>
    /// <param name="upTo">The last event that it was sent, or has missed; null for one that has left in the middle.</param>
    /// <param name="why">Stands in the message: the seed.</param>
    /// <param name="mayGapBeIdle">The first gap event may stand where nothing is missing: a client that has come with an id which says nothing.</param>
    /// <param name="topics">What it has followed.</param>
    public long Check(IEnumerable<Heard> record, long after, long? upTo = null, string why = "", bool mayGapBeIdle = false, params string[] topics)
    {
        var expected = Expect(after, topics.Length == 0 ? [""] : topics);
        var (last, missing, afterGap) = (after, 0L, false);
        long? told = 0;
        foreach (var heard in record)
        {
            if (heard.IsGap)
            {
                Assert.That(afterGap, Is.False, $"two gap events in a row, the second one is {heard} {why}");
                var covered = expected.Values.Sum(events => TakeThrough(events, heard.Sequence));
                if (!mayGapBeIdle) Assert.That(covered, Is.Positive, $"{heard}, but nothing is missing there {why}");
                missing += covered;
                told += heard.Missed;
                // The gaps of several topics may overlap: what another one's event stands between is told behind it.
                if (told is not null) Assert.That(told, topics.Length > 1 ? Is.LessThanOrEqualTo(missing) : Is.EqualTo(missing), $"how many are missing {why}");
                mayGapBeIdle = false;
                afterGap = covered > 0;
            }
            else
            {
                afterGap = false;
                Assert.That(heard.Sequence, Is.GreaterThan(last), why);
                var topic = TopicOf(heard.Sequence);
                Assert.That(expected, Does.ContainKey(topic), $"{heard} is of no topic that it has followed {why}");
                Assert.That(expected[topic].Dequeue(), Is.EqualTo((heard.Sequence, heard.Data)), $"after {last}, without a gap event {why}");
            }
            Assert.That(heard.Sequence, Is.GreaterThanOrEqualTo(last), why);
            last = heard.Sequence;
        }
        if (upTo is not null && told is not null) Assert.That(told, Is.EqualTo(missing), $"how many are missing in all {why}");
        if (upTo is not null) Assert.That(expected.Values.Sum(events => TakeThrough(events, upTo.Value)), Is.Zero, $"missing at the end {why}");
        return missing;
    }

    private Dictionary<string, Queue<(long Sequence, string? Data)>> Expect(long after, string[] topics)
    {
        var expected = topics.Distinct().ToDictionary(topic => topic, _ => new Queue<(long, string?)>());
        lock (_published)
        {
            foreach (var (sequence, (topic, data)) in _published)
                if (sequence > after && expected.TryGetValue(topic, out var events)) events.Enqueue((sequence, data));
        }
        return expected;
    }

    public string TopicOf(long sequence)
    {
        lock (_published) return _published.TryGetValue(sequence, out var entry) ? entry.Topic : throw new AssertionException($"{sequence} was never published.");
    }

    private static int TakeThrough(Queue<(long Sequence, string? Data)> events, long sequence)
    {
        var count = 0;
        for (; events.TryPeek(out var next) && next.Sequence <= sequence; count++) events.Dequeue();
        return count;
    }
}
