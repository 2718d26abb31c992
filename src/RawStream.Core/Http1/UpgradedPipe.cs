using System.IO.Pipelines;
using RawStream.Transport;

namespace RawStream.Http1;

/// <summary>
/// The connection after a 101, as its handler sees it: the connection's own reader and writer, with what was received behind the request still in it. It ends with the handler.
/// </summary>
internal sealed class UpgradedPipe(ConnectionReader input, ResponseBody output, ConnectionWriter writer) : PipeReader, IDuplexPipe
{
    private volatile bool _ended;

    public PipeReader Input => this;

    public PipeWriter Output => output;

    /// <summary>Somebody waits for bytes.</summary>
    public bool HasPendingRead => input.HasPendingRead;

    /// <summary>Nothing waits to be sent.</summary>
    public bool IsQuiet => writer.IsIdle;

    /// <summary>Two pieces with nothing in between, flushed, past <see cref="Output"/>.</summary>
    /// <exception cref="OperationCanceledException">The peer is gone.</exception>
    public ValueTask WritePairAsync(ReadOnlySpan<byte> first, ReadOnlyMemory<byte> second)
    {
        ThrowIfEnded();
        if (writer.TryWrite(first, second.Span, default, out var flush)) return flush;
        first.CopyTo(writer.GetSpan(first.Length));
        writer.Advance(first.Length);
        return second.IsEmpty ? writer.FlushSoonAsync() : writer.WriteLargeAsync(second);
    }

    public override bool TryRead(out ReadResult result)
    {
        ThrowIfEnded();
        return input.TryRead(out result);
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        return input.ReadAsync(cancellationToken);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        ThrowIfEnded();
        input.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead()
    {
        if (!_ended) input.CancelPendingRead();
    }

    public override void Complete(Exception? exception = null)
    {
        // The input belongs to the connection, which reads on until the peer has closed.
    }

    /// <summary>The handler has ended: from now on only the server reads.</summary>
    public void End()
    {
        _ended = true;
        input.TakeBack();
    }

    private void ThrowIfEnded()
    {
        if (_ended) throw new InvalidOperationException("This connection has ended with its handler. Await all reading and writing before the handler returns.");
    }
}
