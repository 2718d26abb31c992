using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using RawStream.Transport;

namespace RawStream.Tls;

/// <summary>
/// A connection as the stream that <see cref="System.Net.Security.SslStream"/> works on. A read of zero bytes waits without a buffer; a write completes when the bytes are in
/// the connection's own buffer, unless that is full.
/// </summary>
internal sealed class TransportStream(Connection connection) : ForwardStream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = connection.Input.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? new ValueTask<int>(Take(read.Result, buffer.Span)) : TakeAsync(read, buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.Output.TryWrite(buffer.Span, default, default, out var flush) ? flush : connection.Output.WriteLargeAsync(buffer);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> TakeAsync(ValueTask<ReadResult> read, Memory<byte> buffer) => Take(await read, buffer.Span);

    private int Take(ReadResult read, Span<byte> buffer)
    {
        var count = (int)Math.Min(read.Buffer.Length, buffer.Length);
        var taken = read.Buffer.Slice(0, count);
        taken.CopyTo(buffer);
        connection.Input.AdvanceTo(taken.End);
        return count;
    }
}
