namespace RawStream.Streaming;

/// <summary>
/// For subscribers that want the latest event of each key: which one that is, and those that the log has forgotten although nothing has replaced them. It
/// is there only while somebody needs it.
/// </summary>
internal sealed class Conflation<T>
{
    private readonly Dictionary<string, long> _latest = [];
    private readonly List<Kept> _kept = []; // In the order of their indexes.
    private readonly int _maxEvents;
    private readonly int _maxBytes;
    private long _bytes;

    public Conflation(IEnumerable<(long Index, LogEntry<T> Entry)> entries, long lostThrough, long lostSequence, int maxEvents, int maxBytes)
    {
        (_maxEvents, _maxBytes, LostThrough, LostSequence) = (maxEvents, maxBytes, lostThrough, lostSequence);
        foreach (var (index, entry) in entries)
            if (entry.Key is not null) _latest[entry.Key] = index;
    }

    public int Followers { get; set; }

    /// <summary>Up to this index, events were forgotten that nothing has replaced.</summary>
    public long LostThrough { get; private set; }

    /// <summary>The sequence of the last of them.</summary>
    public long LostSequence { get; private set; }

    /// <summary>The index of the last of them that stood for missing events.</summary>
    public long LostGap { get; private set; } = -1;

    public bool IsReplaced(string? key, long index) => key is not null && _latest[key] != index;

    public void OnAppend(long index, string? key, long first)
    {
        if (key is null) return;
        if (_latest.TryGetValue(key, out var replaced) && replaced < first) Remove(replaced);
        _latest[key] = index;
    }

    /// <summary>The log forgets an event: it is kept here if it is the latest of its key.</summary>
    public void OnForget(long index, LogEntry<T> entry, ReadOnlyMemory<byte> frame)
    {
        if (IsReplaced(entry.Key, index)) return;
        _kept.Add(new Kept(index, entry, frame.ToArray()));
        _bytes += frame.Length;
        while (_kept.Count > _maxEvents || _bytes > _maxBytes)
        {
            var oldest = _kept[0];
            (LostThrough, LostSequence) = (oldest.Index, oldest.Entry.Sequence);
            if (oldest.Entry.IsGap) LostGap = oldest.Index;
            if (oldest.Entry.Key is not null) _latest.Remove(oldest.Entry.Key);
            RemoveAt(0);
        }
    }

    /// <summary>The first kept event from an index on.</summary>
    public bool TryFind(long index, out Kept kept)
    {
        var at = Search(index);
        kept = at < _kept.Count ? _kept[at] : default;
        return at < _kept.Count;
    }

    public void Clear(long lostThrough, long lostSequence)
    {
        _kept.Clear();
        _latest.Clear();
        _bytes = 0;
        (LostThrough, LostSequence) = (lostThrough, lostSequence);
    }

    private void Remove(long index)
    {
        var at = Search(index);
        if (at < _kept.Count && _kept[at].Index == index) RemoveAt(at);
    }

    private void RemoveAt(int at)
    {
        _bytes -= _kept[at].Frame.Length;
        _kept.RemoveAt(at);
    }

    private int Search(long index)
    {
        var (low, high) = (0, _kept.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_kept[middle].Index < index) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    public readonly record struct Kept(long Index, LogEntry<T> Entry, byte[] Frame);
}
