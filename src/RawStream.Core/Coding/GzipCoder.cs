using System.IO.Compression;
using RawStream.Streaming;

namespace RawStream.Coding;

/// <summary>The coding <c>gzip</c> (RFC 1952), one member.</summary>
internal sealed class GzipCoder : ContentCoder
{
    private readonly Sink _sink = new();
    private bool _isEmpty = true;
    private readonly GZipStream _stream;

    public GzipCoder(int level) => _stream = new GZipStream(_sink, new ZLibCompressionOptions { CompressionLevel = level });

    public override void Write(ReadOnlySpan<byte> content, PooledBuffer output)
    {
        if (content.IsEmpty) return;
        _isEmpty = false;
        _sink.Output = output;
        _stream.Write(content);
        _sink.Output = null;
    }

    public override void Flush(PooledBuffer output)
    {
        _sink.Output = output;
        _stream.Flush();
        _sink.Output = null;
    }

    public override void Finish(PooledBuffer output)
    {
        _sink.Output = output;
        _stream.Dispose();
        _sink.Output = null;
        if (_isEmpty) output.Write(Empty); // The stream would write nothing, which is no member.
    }

    private static ReadOnlySpan<byte> Empty => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>The stream writes the end of its member even then: nobody gets it.</summary>
    public override void Dispose() => _stream.Dispose();

    /// <summary>Where the stream writes to: the buffer of the moment.</summary>
    private sealed class Sink : Stream
    {
        public PooledBuffer? Output { get; set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => Output?.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
            // Nothing is held here.
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
