using System.Runtime.InteropServices;
using RawStream.Coding;

namespace RawStream.Streaming;

/// <summary>One event of a log, beside its bytes.</summary>
/// <param name="End">Where its bytes end in the segment.</param>
/// <param name="Sequence">Its number in the broadcast, over all topics.</param>
/// <param name="Data">The value, for those who read it as such.</param>
/// <param name="Type">Its event type, or null.</param>
/// <param name="Key">What a newer event with the same key replaces, or null.</param>
internal readonly record struct LogEntry<T>(int End, long Sequence, T Data, string? Type, string? Key)
{
    /// <summary>It stands for events that this log has never seen.</summary>
    public bool IsGap => Type == GapEvent.Type;
}

/// <summary>
/// A run of events of a log: their bytes, framed as chunks and contiguous, so that any run of them leaves in one send. Bytes that are
/// written never change, and an old segment is left to the garbage collector: nobody can be served bytes that were overwritten.
/// </summary>
internal sealed class LogSegment<T>(TopicLog<T> log, int capacity, long firstIndex)
{
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(capacity);
    private readonly List<LogEntry<T>> _entries = [];
    private int _length;
    private CodedSegment? _coded;

    public TopicLog<T> Log { get; } = log;

    /// <summary>The index of its first event in the log.</summary>
    public long FirstIndex { get; } = firstIndex;

    /// <summary>The index after its last event.</summary>
    public long EndIndex => FirstIndex + _entries.Count;

    public int Capacity => _bytes.Length;

    public int Room => _bytes.Length - _length;

    public LogEntry<T> this[long index] => _entries[(int)(index - FirstIndex)];

    /// <summary>The bytes of events <paramref name="from"/> to <paramref name="to"/>, that one not included.</summary>
    public ReadOnlyMemory<byte> Frames(long from, long to)
    {
        var start = StartOf(from);
        return _bytes.AsMemory(start, StartOf(to) - start);
    }

    /// <summary>Compressed events, for a batch of its own. It may be asked without the gate.</summary>
    public CodedBatch Encode(in LogBatch<T> batch, ResponseCoding coding)
    {
        var coded = Volatile.Read(ref _coded) ?? Interlocked.CompareExchange(ref _coded, new CodedSegment(coding), null) ?? _coded;
        MemoryMarshal.TryGetArray(batch.Bytes, out var frames);
        return coded.Encode(_bytes.AsSpan(0, frames.Offset + frames.Count), (int)(batch.From - FirstIndex), (int)(batch.To - FirstIndex));
    }

    /// <summary>Room for an event, to be filled before <see cref="Append"/>.</summary>
    public Span<byte> Reserve(int size) => _bytes.AsSpan(_length, size);

    public void Append(int size, long sequence, T data, string? type, string? key)
    {
        _length += size;
        _entries.Add(new LogEntry<T>(_length, sequence, data, type, key));
    }

    /// <summary>The index of the first event from <paramref name="from"/> on whose sequence is not below <paramref name="sequence"/>; <see cref="EndIndex"/> if there is none.</summary>
    public long Find(long sequence, long from)
    {
        var (low, high) = ((int)(from - FirstIndex), _entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].Sequence < sequence) low = middle + 1;
            else high = middle;
        }
        return FirstIndex + low;
    }

    private int StartOf(long index) => index == FirstIndex ? 0 : _entries[(int)(index - FirstIndex) - 1].End;
}
