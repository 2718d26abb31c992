using RawStream.Transport;

namespace RawStream.Streaming;

/// <summary>Where a compressor writes to: the buffer of the moment. What it writes when there is none, such as the end that nobody waits for when it is disposed of, is dropped.</summary>
internal sealed class BufferSink : ForwardStream
{
    public PooledBuffer? Buffer { get; set; }

    public override bool CanWrite => true;

    public override void Write(ReadOnlySpan<byte> buffer) => Buffer?.Write(buffer);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
}
