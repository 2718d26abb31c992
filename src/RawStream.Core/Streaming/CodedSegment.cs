using RawStream.Coding;

namespace RawStream.Streaming;

// A small event alone hardly becomes shorter: what makes it so are the events before it. So an event refers to those of its group:
//
//   | e1 <- e2 <- e3 <- … 8 KiB | e40 <- e41 <- … | …
//
// Whoever has had all of a group up to an event, and nothing else between, can decode it; to whoever comes in the middle events are sent stored until the next group
// begins. Nothing is kept between two events: the group, which is there anyway, is compressed again in front of the next one, and thrown away.

/// <summary>
/// The events of a log's segment once more, in blocks of a <see cref="GzipMember"/>: each event is compressed once, by whoever needs it first, and framed as a chunk. As
/// there, bytes that are written never change.
/// </summary>
internal sealed class CodedSegment(ResponseCoding coding)
{
    private const int GroupSize = 8 * 1024;

    private static long lastId;

    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [default]; // What stands before an event, and behind the last one.
    private byte[] _bytes = [];
    private int _taken;      // How much of the frames is compressed,
    private int _groupStart; // and where the group begins in them.
    private int _group;      // The first event of the group.

    /// <summary>What ends with an event.</summary>
    private readonly record struct Entry(int End, uint Crc, long Length, int Group);

    /// <summary>Another one for each segment: who remembers it holds no segment.</summary>
    public long Id { get; } = Interlocked.Increment(ref lastId);

    /// <summary>Some of its events.</summary>
    /// <param name="frames">All frames of the segment, up to the last that is asked for.</param>
    /// <param name="from">The first event, counted in the segment.</param>
    /// <param name="to">Behind the last one.</param>
    public CodedBatch Encode(ReadOnlySpan<byte> frames, int from, int to)
    {
        lock (_gate)
        {
            if (_entries.Count <= to) Append(frames, to);
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
        var start = from;
        while (start < to && _entries[start + 1].Group != start) start++;
        return new CodedBatch(this, from, to, start, _bytes.AsMemory(first.End, last.End - first.End), first.Crc, last.Crc, last.Length - first.Length);
    }

    private void Append(ReadOnlySpan<byte> frames, int to)
    {
        var group = new GroupCoder(coding);
        try
        {
            group.Pass(frames[_groupStart.._taken]);
            while (_entries.Count <= to)
            {
                if (_taken - _groupStart >= GroupSize)
                {
                    (_groupStart, _group) = (_taken, _entries.Count - 1);
                    group.Dispose();
                    group = new GroupCoder(coding);
                }
                _taken += Frames.Next(frames[_taken..], out var content);
                Append(content, group.Encode(content));
            }
        }
        finally
        {
            group.Dispose();
        }
    }

    private void Append(ReadOnlySpan<byte> content, ReadOnlySpan<byte> blocks)
    {
        var before = _entries[^1];
        var end = before.End + blocks.Length + Frames.Overhead(blocks.Length);
        if (end > _bytes.Length) Array.Resize(ref _bytes, Math.Max(end, _bytes.Length * 2)); // Whoever still sends from the old one keeps it.
        Frames.Write(_bytes.AsSpan(before.End), blocks, default);
        _entries.Add(new Entry(end, Crc32.Shift(before.Crc, content.Length) ^ Crc32.Of(content), before.Length + content.Length, _group));
    }

    /// <summary>Compresses a group, event by event.</summary>
    private sealed class GroupCoder(ResponseCoding coding) : IDisposable
    {
        private readonly ContentCoder _coder = coding.NewBlockCoder();
        private readonly PooledBuffer _output = PooledBuffer.Rent();
        private bool _hasBegun;

        /// <summary>These events were sent before.</summary>
        public void Pass(ReadOnlySpan<byte> frames)
        {
            if (frames.IsEmpty) return;
            _hasBegun = true;
            while (!frames.IsEmpty)
            {
                frames = frames[Frames.Next(frames, out var content)..];
                _coder.Write(content, _output);
            }
            _coder.Flush(_output);
        }

        public ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> content)
        {
            _output.Clear();
            _coder.Write(content, _output);
            _coder.Flush(_output);
            var blocks = _hasBegun ? _output.Span : _output.Span[GzipMember.Header.Length..];
            _hasBegun = true;
            return blocks;
        }

        public void Dispose()
        {
            _coder.Dispose();
            _output.Dispose();
        }
    }
}

/// <summary>Events of a segment, compressed.</summary>
/// <param name="Segment">Where they stand.</param>
/// <param name="From">The first one, counted in the segment.</param>
/// <param name="To">Behind the last one.</param>
/// <param name="FirstStart">The first of them that begins a group, <paramref name="To"/> if none does.</param>
/// <param name="Bytes">Whole frames.</param>
/// <param name="Before">The checksum of what stands in front of them in the segment.</param>
/// <param name="Through">The same with them.</param>
/// <param name="Length">Of their content.</param>
internal sealed record CodedBatch(CodedSegment Segment, int From, int To, int FirstStart, ReadOnlyMemory<byte> Bytes, uint Before, uint Through, long Length);
