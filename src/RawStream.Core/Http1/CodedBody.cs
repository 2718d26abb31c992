using RawStream.Coding;
using RawStream.Streaming;
using RawStream.Transport;

namespace RawStream.Http1;

/// <summary>
/// Content of a response that goes on, coded on its way (RFC 9110 §8.4): what is written until a flush is coded and flushed through the coder, and is one chunk. What the
/// handler has promised by Content-Length still holds, although the client does not see it.
/// </summary>
/// <param name="coding">Makes the coder, once there is something to code: a stream that has nothing to say yet has none.</param>
/// <param name="kind">Which coding.</param>
/// <param name="output">Gets the chunks.</param>
/// <param name="isChunked">An HTTP/1.0 client gets bytes instead.</param>
/// <param name="length">What the handler has promised; negative for nothing.</param>
internal sealed class CodedBody(ResponseCoding coding, ContentCodings kind, ConnectionWriter output, bool isChunked, long length)
{
    // More than this is coded in pieces, each a chunk of its own: what waits for its size line is bounded.
    private const int LargestPiece = 64 * 1024;

    private ContentCoder? _coder;
    private long _remaining = length;
    private bool _ended;

    /// <summary>A write of several pieces is under way.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>One chunk of both pieces, and one flush.</summary>
    /// <param name="first">It is used up when this returns.</param>
    /// <param name="second">It is used up when the task completes.</param>
    /// <exception cref="InvalidOperationException">They are more than was promised.</exception>
    public ValueTask WriteAsync(ReadOnlySpan<byte> first, ReadOnlyMemory<byte> second)
    {
        Count(first.Length + second.Length);
        if (second.Length > LargestPiece)
        {
            Encode(first, default);
            return WritePiecesAsync(second);
        }
        Encode(first, second.Span);
        return output.FlushSoonAsync();
    }

    /// <summary>One chunk, unflushed.</summary>
    /// <exception cref="InvalidOperationException">It is more than was promised.</exception>
    public void Write(ReadOnlySpan<byte> content)
    {
        Count(content.Length);
        Encode(content, default);
    }

    /// <summary>The last piece, and the end of the coded content, unflushed.</summary>
    /// <exception cref="InvalidOperationException">There was more or less than was promised.</exception>
    public void End(ReadOnlySpan<byte> last)
    {
        Count(last.Length);
        if (_remaining > 0) throw DeclaredLength.TooShort();
        using var coded = PooledBuffer.Rent();
        Coder.Write(last, coded);
        Coder.Finish(coded);
        Append(coded.Span);
    }

    /// <summary>Nobody will write any more; whoever still does needs the coder to the end of that.</summary>
    public void Close()
    {
        _ended = true;
        if (!IsWriting) _coder?.Dispose();
    }

    private ContentCoder Coder => _coder ??= coding.NewCoder(kind, length: -1);

    private void Encode(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        if (first.IsEmpty && second.IsEmpty) return;
        using var coded = PooledBuffer.Rent();
        Coder.Write(first, coded);
        Coder.Write(second, coded);
        Coder.Flush(coded);
        Append(coded.Span);
    }

    private async ValueTask WritePiecesAsync(ReadOnlyMemory<byte> bytes)
    {
        IsWriting = true;
        try
        {
            for (; !bytes.IsEmpty; bytes = bytes[Math.Min(bytes.Length, LargestPiece)..])
            {
                Encode(bytes.Span[..Math.Min(bytes.Length, LargestPiece)], default);
                await output.FlushSoonAsync();
            }
        }
        finally
        {
            IsWriting = false;
            if (_ended) _coder?.Dispose();
        }
    }

    private void Append(ReadOnlySpan<byte> coded)
    {
        if (!isChunked)
        {
            coded.CopyTo(output.GetSpan(coded.Length));
            output.Advance(coded.Length);
        }
        else if (!coded.IsEmpty)
        {
            var size = coded.Length + Frames.Overhead(coded.Length);
            Frames.Write(output.GetSpan(size), coded, default);
            output.Advance(size);
        }
    }

    private void Count(int bytes)
    {
        if (_remaining < 0) return;
        if (bytes > _remaining) throw DeclaredLength.TooLong();
        _remaining -= bytes;
    }
}
