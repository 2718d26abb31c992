using System.Buffers;
using System.IO.Compression;
using RawStream.Streaming;

namespace RawStream.Coding;

/// <summary>The coding <c>br</c> (RFC 7932).</summary>
internal sealed class BrotliCoder(int quality, int windowBits) : ContentCoder
{
    private const int Piece = 512;

    private BrotliEncoder _encoder = new(quality, windowBits);

    public override void Write(ReadOnlySpan<byte> content, PooledBuffer output)
    {
        if (!content.IsEmpty) Compress(content, output, isLast: false);
    }

    public override void Flush(PooledBuffer output)
    {
        OperationStatus status;
        do
        {
            status = _encoder.Flush(output.GetSpan(Piece), out var written);
            output.Advance(written);
        }
        while (Continues(status));
    }

    public override void Finish(PooledBuffer output) => Compress(default, output, isLast: true);

    public override void Dispose() => _encoder.Dispose();

    private void Compress(ReadOnlySpan<byte> content, PooledBuffer output, bool isLast)
    {
        OperationStatus status;
        do
        {
            status = _encoder.Compress(content, output.GetSpan(Piece), out var taken, out var written, isLast);
            content = content[taken..];
            output.Advance(written);
        }
        while (Continues(status));
    }

    private static bool Continues(OperationStatus status) =>
        status != OperationStatus.InvalidData ? status == OperationStatus.DestinationTooSmall : throw new InvalidOperationException("The Brotli encoder has failed.");
}
