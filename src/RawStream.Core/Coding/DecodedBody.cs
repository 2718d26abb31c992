using System.IO.Compression;
using System.IO.Pipelines;
using RawStream.Http1;

namespace RawStream.Coding;

/// <summary>
/// The content of a request without its content coding (RFC 9110 §8.4), as a stream. What is decoded is bounded by <see cref="Request.MaxBodySize"/>, like what is received: little of what
/// expands without end is ever decoded, and nothing of it held.
/// </summary>
internal sealed class DecodedBody : Stream
{
    // Of decoded content, at a time.
    private const int ReadSize = 16 * 1024;

    private readonly RequestBody _body;
    private readonly Stream _decoder;
    private long _decoded;

    private DecodedBody(RequestBody body, Stream decoder)
    {
        _body = body;
        _decoder = decoder;
    }

    /// <summary>A reader of the decoded content; null where it is not coded. It is completed by its owner.</summary>
    /// <param name="contentEncoding">What Content-Encoding says.</param>
    /// <param name="body">What was received.</param>
    /// <exception cref="BadRequestException">It is coded in a way that is not understood, or more than once: that would take more work than its size tells.</exception>
    public static PipeReader? Open(string? contentEncoding, RequestBody body)
    {
        if (contentEncoding is null) return null;
        var coding = contentEncoding.ToLowerInvariant();
        if (coding is "" or "identity") return null;
        var received = coding is "gzip" or "x-gzip" or "deflate" or "br" ? body.AsStream(leaveOpen: true) : throw new BadRequestException(RejectionReason.UnsupportedContentCoding);
        Stream decoder = coding switch
        {
            "br" => new BrotliStream(received, CompressionMode.Decompress),
            "deflate" => new ZLibStream(received, CompressionMode.Decompress), // Which is the zlib format (RFC 9110 §8.4.1.2).
            _ => new GZipStream(received, CompressionMode.Decompress),
        };
        return PipeReader.Create(new DecodedBody(body, decoder), new StreamPipeReaderOptions(bufferSize: ReadSize));
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="BadRequestException">The content is malformed, cut off, or too large.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await _decoder.ReadAsync(buffer, cancellationToken);
        }
        catch (InvalidDataException)
        {
            throw new BadRequestException(RejectionReason.InvalidContentCoding);
        }
        _decoded += read;
        return _decoded <= _body.MaxSize ? read : throw new BadRequestException(RejectionReason.BodyTooLarge);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _decoder.Dispose();
        base.Dispose(disposing);
    }
}
