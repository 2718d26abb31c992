using System.Buffers;
using RawStream.Http1;
using RawStream.Transport;

namespace RawStream.Coding;

/// <summary>The content of a request as it was received, and what its end looked like: the framework's decoders do not say when it came too early.</summary>
internal sealed class ReceivedBody(RequestBody body) : ForwardStream
{
    /// <summary>The decoder has asked for more than there was.</summary>
    public bool HasEnded { get; private set; }

    public long Count { get; private set; }

    /// <summary>The last four bytes, little-endian.</summary>
    public uint LastBytes { get; private set; }

    public override bool CanRead => true;

    /// <exception cref="BadRequestException">The client hung up, or sends too much or too slowly.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await body.ReadAsync(cancellationToken);
        var taken = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, buffer.Length));
        taken.CopyTo(buffer.Span);
        body.AdvanceTo(taken.End);
        var length = (int)taken.Length;
        Count += length;
        HasEnded |= length == 0 && read.IsCompleted;
        foreach (var b in buffer.Span[Math.Max(length - 4, 0)..length]) LastBytes = (LastBytes >> 8) | ((uint)b << 24);
        return length;
    }
}
