using System.IO.Compression;
using System.Net.WebSockets;
using RawStream.Transport;

namespace RawStream.WebSockets;

/// <summary>
/// Decompresses one message (RFC 7692 §7.2.2): its payload, and behind it the four bytes that the sender has left out. What stands behind a final block, which only a flush
/// of another kind makes, is nothing.
/// </summary>
/// <param name="readPayload">The compressed payload: 0 at the end of the message.</param>
internal sealed class MessageInflater(Func<Memory<byte>, ValueTask<int>> readPayload) : ForwardStream
{
    private static readonly byte[] EndOfFlush = [0x00, 0x00, 0xFF, 0xFF];

    private DeflateStream? _inflate;
    private bool _payloadHasEnded;
    private bool _hasEnded;

    /// <summary>0 at the end of the message.</summary>
    /// <exception cref="WebSocketFailure">This is not DEFLATE.</exception>
    public async ValueTask<int> InflateAsync(Memory<byte> destination)
    {
        _inflate ??= new DeflateStream(this, CompressionMode.Decompress, leaveOpen: true);
        try
        {
            return await _inflate.ReadAsync(destination);
        }
        catch (InvalidDataException)
        {
            throw new WebSocketFailure(WebSocketCloseStatus.InvalidPayloadData, "A compressed message is not DEFLATE.");
        }
    }

    /// <summary>The payload that was not asked for.</summary>
    public async ValueTask SkipRestAsync(Memory<byte> scratch)
    {
        while (!_payloadHasEnded) _payloadHasEnded = await readPayload(scratch) == 0;
    }

    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_payloadHasEnded)
        {
            var count = await readPayload(buffer);
            if (count > 0) return count;
            _payloadHasEnded = true;
        }
        if (_hasEnded) return 0;
        _hasEnded = true;
        EndOfFlush.CopyTo(buffer);
        return EndOfFlush.Length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inflate?.Dispose();
        base.Dispose(disposing);
    }
}
