using RawStream.Streaming;

namespace RawStream.Coding;

/// <summary>Codes the content of one response. It may hold native memory and is disposed of at the end of its response, however that ends.</summary>
internal abstract class ContentCoder : IDisposable
{
    /// <summary>Takes content; what becomes of it may come out later.</summary>
    public abstract void Write(ReadOnlySpan<byte> content, PooledBuffer output);

    /// <summary>After it, all that was taken has come out, and a client can decode all of it.</summary>
    public abstract void Flush(PooledBuffer output);

    /// <summary>Writes the end of the coded content. Nothing comes after it.</summary>
    public abstract void Finish(PooledBuffer output);

    public abstract void Dispose();
}
