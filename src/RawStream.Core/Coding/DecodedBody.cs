using System.IO.Compression;
using System.IO.Pipelines;
using RawStream.Http1;
using RawStream.Transport;

namespace RawStream.Coding;

/// <summary>
/// The content of a request without its content coding (RFC 9110 §8.4), as a stream. What is decoded is bounded by <see cref="Request.MaxBodySize"/>, like what is
/// received: little of what expands without end is ever decoded, and nothing of it held.
/// </summary>
internal sealed class DecodedBody : ForwardStream
{
    // Of decoded content, at a time.
    private const int ReadSize = 16 * 1024;

    private const int SmallestMember = 20; // Of gzip, without content.

    private readonly RequestBody _body;
    private readonly ReceivedBody _received;
    private readonly Stream _decoder;
    private long _decoded;

    private DecodedBody(RequestBody body, Func<Stream, Stream> decode)
    {
        _body = body;
        _received = new ReceivedBody(body);
        _decoder = decode(_received);
    }

    /// <summary>A reader of the decoded content; null where it is not coded. It is completed by its owner.</summary>
    /// <param name="contentEncoding">What Content-Encoding says.</param>
    /// <param name="body">What was received.</param>
    /// <exception cref="BadRequestException">It is coded in a way that is not understood, or more than once: that would take more work than its size tells.</exception>
    public static PipeReader? Open(string? contentEncoding, RequestBody body)
    {
        var coding = contentEncoding?.ToLowerInvariant();
        if (coding is null or "" or "identity") return null;
        var decoded = new DecodedBody(body, coding switch
        {
            "gzip" or "x-gzip" => static received => new GZipStream(received, CompressionMode.Decompress),
            "deflate" => static received => new ZLibStream(received, CompressionMode.Decompress), // Which is the zlib format (RFC 9110 §8.4.1.2).
            "br" => static received => new BrotliStream(received, CompressionMode.Decompress),
            _ => throw new BadRequestException(RejectionReason.UnsupportedContentCoding),
        });
        return PipeReader.Create(decoded, new StreamPipeReaderOptions(bufferSize: ReadSize));
    }

    public override bool CanRead => true;

    /// <exception cref="BadRequestException">The content is malformed, cut off, or too large.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await _decoder.ReadAsync(buffer, cancellationToken);
        }
        // The second one by BrotliStream, the third one by zlib, when it is asked for a preset dictionary.
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or IOException)
        {
            throw new BadRequestException(RejectionReason.InvalidContentCoding);
        }
        _decoded += read;
        if (_decoded > _body.MaxSize) throw new BadRequestException(RejectionReason.BodyTooLarge);
        if (read > 0 || buffer.IsEmpty) return read;
        if (_decoder is GZipStream) await PassOverAsync(buffer, cancellationToken);
        return IsWhole ? 0 : throw new BadRequestException(RejectionReason.InvalidContentCoding);
    }

    /// <summary>How much of what stands behind a member its decoder has seen depends on how the bytes came.</summary>
    private async ValueTask PassOverAsync(Memory<byte> scratch, CancellationToken cancellationToken)
    {
        while (await _received.ReadAsync(scratch, cancellationToken) > 0)
        {
            // Only the last bytes count.
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _decoder.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>
    /// A member of gzip ends with its length (RFC 1952 §2.3.1). Its decoder looks for another member and so always meets the end; the others do not where theirs has
    /// come.
    /// </summary>
    private bool IsWhole => _decoder is GZipStream ? _received.Count is 0 or >= SmallestMember && _received.LastBytes == (uint)_decoded : !_received.HasEnded;
}
