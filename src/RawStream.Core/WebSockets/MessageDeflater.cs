using System.IO.Compression;
using RawStream.Streaming;

namespace RawStream.WebSockets;

/// <summary>Compresses messages (RFC 7692 §7.2.1): raw DEFLATE up to a sync flush, whose last four bytes, always the same, are left out.</summary>
/// <param name="keepsContext">A message may refer to those before it.</param>
internal sealed class MessageDeflater(bool keepsContext) : IDisposable
{
    /// <summary>Bytes of a message that is not worth it.</summary>
    public const int Smallest = 64;

    private const int EndOfFlush = 4; // 00 00 ff ff

    private readonly BufferSink _target = new();
    private DeflateStream? _deflate;

    /// <summary>To be disposed of.</summary>
    public PooledBuffer Deflate(ReadOnlySpan<byte> message)
    {
        var compressed = _target.Buffer = PooledBuffer.Rent();
        _deflate ??= new DeflateStream(_target, CompressionLevel.Fastest, leaveOpen: true);
        _deflate.Write(message);
        _deflate.Flush();
        _target.Buffer = null;
        compressed.TakeBack(EndOfFlush);
        if (!keepsContext) Dispose();
        return compressed;
    }

    public void Dispose()
    {
        _deflate?.Dispose();
        _deflate = null;
    }
}
