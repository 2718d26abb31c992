using RawStream.Transport;

namespace RawStream.Http1;

// A chunk whose size is not known before its data is written (RFC 9112 §7.1):
//
//   | room for the size line | data … | room for CRLF |
//
// When it is closed, the size line is written into the room in front of the data. From 4 KiB on it fits exactly; shorter data is moved
// up to it, at most 4 KiB by at most three bytes, and for more than 64 KiB more room is made.

/// <summary>The chunk that a handler writes through <see cref="ResponseWriter.Body"/>, in place in the send buffer.</summary>
internal struct OpenChunk(ConnectionWriter output)
{
    private const int EndOfChunk = 2; // CR LF

    private bool _isOpen;

    /// <summary>How many bytes of data it has.</summary>
    public int Size { get; private set; }

    public readonly bool IsOpen => _isOpen;

    public Memory<byte> GetMemory(int sizeHint)
    {
        var memory = output.GetMemory(RoomFor(sizeHint));
        return memory[Open()..^EndOfChunk];
    }

    public Span<byte> GetSpan(int sizeHint)
    {
        var span = output.GetSpan(RoomFor(sizeHint));
        return span[Open()..^EndOfChunk];
    }

    public void Advance(int bytes)
    {
        output.Advance(bytes);
        Size += bytes;
    }

    /// <summary>Frames it, unflushed. Without data there is no chunk: an empty one would be the last.</summary>
    public void Close()
    {
        if (!_isOpen) return;
        if (Size == 0)
        {
            Drop();
            return;
        }
        var lineLength = ChunkedEncoder.SizeLineLength(Size);
        var missing = Math.Max(lineLength - ChunkedEncoder.SizeLineRoom, 0);
        if (missing > 0) output.GetSpan(missing + EndOfChunk);
        output.Advance(missing + EndOfChunk);

        var room = ChunkedEncoder.SizeLineRoom + missing;
        var chunk = output.Tail(room + Size + EndOfChunk);
        if (lineLength != ChunkedEncoder.SizeLineRoom) chunk.Slice(ChunkedEncoder.SizeLineRoom, Size).CopyTo(chunk[lineLength..]);
        ChunkedEncoder.WriteSizeLine(chunk, Size);
        ChunkedEncoder.EndOfChunk.CopyTo(chunk[(lineLength + Size)..]);
        output.TakeBack(room - lineLength);
        Reset();
    }

    /// <summary>Takes it back. The room for its size line holds what was in the buffer before, and must not leave.</summary>
    public void Drop()
    {
        if (_isOpen) output.TakeBack(ChunkedEncoder.SizeLineRoom + Size);
        Reset();
    }

    public void Reset()
    {
        _isOpen = false;
        Size = 0;
    }

    /// <summary>For the size line, for at least one byte of data, and for the CRLF after it.</summary>
    private static int RoomFor(int sizeHint) => ChunkedEncoder.SizeLineRoom + Math.Max(sizeHint, 1) + EndOfChunk;

    private int Open()
    {
        if (_isOpen) return 0;
        _isOpen = true;
        output.Advance(ChunkedEncoder.SizeLineRoom);
        return ChunkedEncoder.SizeLineRoom;
    }
}
