using System.Collections.Concurrent;

namespace RawStream.Load.Trial;

/// <summary>What all clients of a trial have seen. Any thread may add to it.</summary>
internal sealed class Ledger
{
    private const int ExamplesOfAKind = 3;

    private readonly ConcurrentDictionary<string, long> _expected = new();
    private readonly ConcurrentDictionary<string, long> _unexpected = new();
    private readonly ConcurrentDictionary<string, long> _broken = new();
    private readonly ConcurrentDictionary<string, long> _checked = new();
    private readonly ConcurrentQueue<string> _examples = new();
    private long _connections;
    private long _requests;
    private long _chunks;
    private long _bytes;

    public long Connections => Interlocked.Read(ref _connections);

    /// <summary>Answered ones.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    public long Chunks => Interlocked.Read(ref _chunks);

    /// <summary>Of content that was compared.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Refusals and ends that a client asked for.</summary>
    public IEnumerable<KeyValuePair<string, long>> Expected => _expected.OrderBy(kind => kind.Key, StringComparer.Ordinal);

    /// <summary>Ends and delays that nobody asked for.</summary>
    public IEnumerable<KeyValuePair<string, long>> Unexpected => _unexpected.OrderBy(kind => kind.Key, StringComparer.Ordinal);

    /// <summary>What a server must never do: wrong bytes, wrong framing, wrong order.</summary>
    public IEnumerable<KeyValuePair<string, long>> Broken => _broken.OrderBy(kind => kind.Key, StringComparer.Ordinal);

    /// <summary>How often each kind of client has seen all that it checks hold.</summary>
    public IEnumerable<KeyValuePair<string, long>> Checked => _checked.OrderBy(kind => kind.Key, StringComparer.Ordinal);

    /// <summary>A few of what was unexpected or broken.</summary>
    public IEnumerable<string> Examples => _examples;

    public bool IsClean => _unexpected.IsEmpty && _broken.IsEmpty;

    public void AddConnection() => Interlocked.Increment(ref _connections);

    public void AddResponse(long chunks, long bytes)
    {
        Interlocked.Increment(ref _requests);
        AddContent(chunks, bytes);
    }

    /// <summary>Of a response that has no end.</summary>
    public void AddContent(long chunks, long bytes)
    {
        Interlocked.Add(ref _chunks, chunks);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void AddExpected(string kind) => Add(_expected, kind);

    public void AddUnexpected(string kind, string example) => AddWithExample(_unexpected, kind, example);

    public void AddBroken(string kind, string example) => AddWithExample(_broken, kind, example);

    public void AddChecked(string kind) => Add(_checked, kind);

    private void AddWithExample(ConcurrentDictionary<string, long> counts, string kind, string example)
    {
        if (Add(counts, kind) <= ExamplesOfAKind) _examples.Enqueue($"{DateTime.UtcNow:HH:mm:ss} {kind}: {example}");
    }

    private static long Add(ConcurrentDictionary<string, long> counts, string kind) => counts.AddOrUpdate(kind, 1, static (_, count) => count + 1);
}
