using RawStream.Coding;

namespace RawStream.Streaming;

/// <summary>
/// The events of a log's segment once more, in blocks of a <see cref="GzipMember"/>: each event is compressed once, by whoever needs it first, and framed as a chunk. As there, bytes that
/// are written never change.
/// </summary>
internal sealed class CodedSegment(ResponseCoding coding)
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [default]; // What stands before an event, and behind the last one.
    private byte[] _bytes = [];
    private int _taken;

    private readonly record struct Entry(int End, uint Crc, long Length);

    /// <summary>Some of its events.</summary>
    /// <param name="frames">All frames of the segment, up to the last that is asked for.</param>
    /// <param name="from">The first event, counted in the segment.</param>
    /// <param name="to">Behind the last one.</param>
    public CodedBatch Encode(ReadOnlySpan<byte> frames, int from, int to)
    {
        lock (_gate)
        {
            while (_entries.Count <= to)
            {
                _taken += Frames.Next(frames[_taken..], out var content);
                Append(content);
            }
            return Batch(from, to);
        }
    }

    /// <summary>The first events of a batch.</summary>
    public CodedBatch First(CodedBatch batch, int count)
    {
        lock (_gate) return Batch(batch.From, batch.From + count);
    }

    private CodedBatch Batch(int from, int to)
    {
        var (first, last) = (_entries[from], _entries[to]);
        return new CodedBatch(this, from, _bytes.AsMemory(first.End, last.End - first.End), first.Crc, last.Crc, last.Length - first.Length);
    }

    private void Append(ReadOnlySpan<byte> content)
    {
        using var blocks = PooledBuffer.Rent();
        var crc = coding.EncodeBlocks(content, blocks);
        var before = _entries[^1];
        var end = before.End + blocks.Span.Length + Frames.Overhead(blocks.Span.Length);
        if (end > _bytes.Length) Array.Resize(ref _bytes, Math.Max(end, _bytes.Length * 2)); // Whoever still sends from the old one keeps it.
        Frames.Write(_bytes.AsSpan(before.End), blocks.Span, default);
        _entries.Add(new Entry(end, Crc32.Shift(before.Crc, content.Length) ^ crc, before.Length + content.Length));
    }
}

/// <summary>Events of a segment, compressed.</summary>
/// <param name="Segment">Where they stand.</param>
/// <param name="From">The first one, counted in the segment.</param>
/// <param name="Bytes">Whole frames.</param>
/// <param name="Before">The checksum of what stands in front of them in the segment.</param>
/// <param name="Through">The same with them.</param>
/// <param name="Length">Of their content.</param>
internal sealed record CodedBatch(CodedSegment Segment, int From, ReadOnlyMemory<byte> Bytes, uint Before, uint Through, long Length);
