using System.Buffers.Binary;
using RawStream.Streaming;

namespace RawStream.Coding;

// A gzip member (RFC 1952 §2.2) around blocks of deflate (RFC 1951 §3.2) that were made without knowledge of each other and end on whole bytes, so that they may follow
// each other in any order and each can be decoded when it comes:
//
//   1f 8b 08 00 00000000 00 ff      the header: deflate, no flags, no time, no system
//   *block
//   01 0000 ffff                    the last block: stored, empty
//   CRC32 ISIZE                     of all that was coded
//
// A stored block is 00 LEN NLEN and the bytes as they are.

/// <summary>One gzip member that is put together from blocks, most of which others get, too.</summary>
/// <param name="coding">Compresses the blocks that others get, too.</param>
internal sealed class GzipMember(ResponseCoding coding)
{
    private const int LargestStored = 65535;

    private uint _crc;
    private long _length;
    private long _segment; // Of the events that were sent last,
    private int _next;     // and the one behind them.

    public ResponseCoding Coding { get; } = coding;

    public static ReadOnlySpan<byte> Header => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

    /// <summary>How many bytes <see cref="WriteEnd"/> writes.</summary>
    public static int EndLength => 13;

    /// <summary>Puts the header in front of what goes first, which may be empty, and that into blocks.</summary>
    public void Begin(PooledBuffer first)
    {
        using var coded = PooledBuffer.Rent();
        Store(first.Span, coded);
        AddOwn(first.Span);
        first.Clear();
        first.Write(Header);
        first.Write(coded.Span);
    }

    /// <summary>The client has had what these events refer to.</summary>
    public bool CanTake(CodedBatch batch) => batch.FirstStart == batch.From || (batch.Segment.Id == _segment && batch.From == _next);

    /// <summary>Events were sent, compressed or stored.</summary>
    public void Add(CodedBatch batch, bool isStored)
    {
        _crc = Crc32.Shift(_crc ^ batch.Before, batch.Length) ^ batch.Through;
        _length += batch.Length;
        (_segment, _next) = (isStored ? 0 : batch.Segment.Id, batch.To);
    }

    /// <summary>Something is sent that others do not get.</summary>
    public void AddOwn(ReadOnlySpan<byte> content)
    {
        _crc = Crc32.Shift(_crc, content.Length) ^ Crc32.Of(content);
        _length += content.Length;
        _segment = 0;
    }

    /// <summary>The next frame anew, with its content stored. Tells its length before that, and its content.</summary>
    public static int StoreNext(ReadOnlySpan<byte> frames, PooledBuffer output, out ReadOnlySpan<byte> content)
    {
        var length = Frames.Next(frames, out content);
        using var blocks = PooledBuffer.Rent();
        Store(content, blocks);
        var size = blocks.Span.Length + Frames.Overhead(blocks.Span.Length);
        Frames.Write(output.GetSpan(size), blocks.Span, default);
        output.Advance(size);
        return length;
    }

    /// <summary>Writes content as it is.</summary>
    private static void Store(ReadOnlySpan<byte> content, PooledBuffer output)
    {
        while (!content.IsEmpty)
        {
            var size = Math.Min(content.Length, LargestStored);
            var block = output.GetSpan(size + 5);
            block[0] = 0;
            BinaryPrimitives.WriteUInt16LittleEndian(block[1..], (ushort)size);
            BinaryPrimitives.WriteUInt16LittleEndian(block[3..], (ushort)~size);
            content[..size].CopyTo(block[5..]);
            output.Advance(size + 5);
            content = content[size..];
        }
    }

    /// <summary>Writes the last block and what follows it.</summary>
    public void WriteEnd(Span<byte> end)
    {
        ReadOnlySpan<byte> lastBlock = [1, 0, 0, 0xff, 0xff];
        lastBlock.CopyTo(end);
        BinaryPrimitives.WriteUInt32LittleEndian(end[5..], _crc);
        BinaryPrimitives.WriteUInt32LittleEndian(end[9..], (uint)_length);
    }
}
