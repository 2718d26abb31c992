using System.Globalization;
using RawStream.Http1;

namespace RawStream.Streaming;

/// <summary>
/// The events of a log as chunks (RFC 9112 §7.1): framed once, when they are published, and not for each subscriber. A walk over the frames
/// needs nothing but the bytes.
/// </summary>
internal static class Frames
{
    /// <summary>How many bytes are added to an event of <paramref name="size"/>.</summary>
    public static int Overhead(int size) => ChunkedEncoder.SizeLineLength(size) + ChunkedEncoder.EndOfChunk.Length;

    /// <summary>One frame.</summary>
    public static byte[] Of(ReadOnlySpan<byte> content)
    {
        var frame = new byte[content.Length + Overhead(content.Length)];
        Write(frame, content, default);
        return frame;
    }

    /// <summary>Writes one frame, whose content comes in two parts.</summary>
    public static void Write(Span<byte> frame, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var at = ChunkedEncoder.WriteSizeLine(frame, first.Length + second.Length);
        first.CopyTo(frame[at..]);
        second.CopyTo(frame[(at + first.Length)..]);
        ChunkedEncoder.EndOfChunk.CopyTo(frame[(at + first.Length + second.Length)..]);
    }

    /// <summary>The length of the frame that <paramref name="frames"/> begins with, and its content.</summary>
    public static int Next(ReadOnlySpan<byte> frames, out ReadOnlySpan<byte> content)
    {
        var line = frames.IndexOf("\r\n"u8);
        var size = int.Parse(frames[..line], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        content = frames.Slice(line + 2, size);
        return size + Overhead(size);
    }

    /// <summary>
    /// Where to stop when <paramref name="sent"/> bytes of <paramref name="frames"/> are sent: at the end of the frame that holds the next byte. How many frames that are is in
    /// <paramref name="count"/>.
    /// </summary>
    public static int EndOfCurrent(ReadOnlySpan<byte> frames, int sent, out int count)
    {
        var end = 0;
        for (count = 0; end <= sent && end < frames.Length; count++) end += Next(frames[end..], out _);
        return end;
    }

    /// <summary>The frame of an event without its first line, which is the id.</summary>
    public static byte[] WithoutId(ReadOnlySpan<byte> frame)
    {
        Next(frame, out var content);
        return Of(content[(content.IndexOf((byte)'\n') + 1)..]);
    }

    /// <summary>Writes what is in the frames, for clients that know no chunks.</summary>
    public static void Strip(ReadOnlySpan<byte> frames, PooledBuffer output)
    {
        while (!frames.IsEmpty)
        {
            frames = frames[Next(frames, out var content)..];
            output.Write(content);
        }
    }
}
