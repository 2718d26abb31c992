using System.IO.Compression;
using RawStream.Streaming;

namespace RawStream.Coding;

/// <summary>The coding <c>gzip</c> (RFC 1952), one member.</summary>
internal sealed class GzipCoder : ContentCoder
{
    private readonly BufferSink _sink = new();
    private bool _isEmpty = true;
    private readonly GZipStream _stream;

    public GzipCoder(int level) => _stream = new GZipStream(_sink, new ZLibCompressionOptions { CompressionLevel = level });

    public override void Write(ReadOnlySpan<byte> content, PooledBuffer output)
    {
        if (content.IsEmpty) return;
        _isEmpty = false;
        _sink.Buffer = output;
        _stream.Write(content);
        _sink.Buffer = null;
    }

    public override void Flush(PooledBuffer output)
    {
        _sink.Buffer = output;
        _stream.Flush();
        _sink.Buffer = null;
    }

    public override void Finish(PooledBuffer output)
    {
        _sink.Buffer = output;
        _stream.Dispose();
        _sink.Buffer = null;
        if (_isEmpty) output.Write(Empty); // The stream would write nothing, which is no member.
    }

    private static ReadOnlySpan<byte> Empty => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>The stream writes the end of its member even then: nobody gets it.</summary>
    public override void Dispose() => _stream.Dispose();
}
