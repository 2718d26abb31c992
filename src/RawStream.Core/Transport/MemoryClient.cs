namespace RawStream.Transport;

/// <summary>The client's end of a <see cref="MemoryConnection"/>, as a duplex stream.</summary>
internal sealed class MemoryClient(MemoryConnection connection) : ForwardStream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    /// <summary>FIN: no more will be written, but the answer is still read.</summary>
    public void CompleteWrites() => connection.ClientEnds(close: false, reset: false);

    /// <summary>RST: the connection is gone at once.</summary>
    public void Abort() => connection.ClientEnds(close: true, reset: true);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.ClientReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.ClientWriteAsync(buffer, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    protected override void Dispose(bool disposing)
    {
        if (disposing) connection.ClientEnds(close: true, reset: false);
        base.Dispose(disposing);
    }
}
