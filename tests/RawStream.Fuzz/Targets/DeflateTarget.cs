using System.IO.Compression;

namespace RawStream.Fuzz.Targets;

/// <summary>The same with permessage-deflate, without contexts that are taken over (RFC 7692 §7.1.1).</summary>
internal sealed class DeflateTarget : WebSocketTarget
{
    private static readonly byte[] EndOfFlush = [0, 0, 0xff, 0xff];

    public override string Name => "deflate";

    protected override WebSocketCompression Compression => WebSocketCompression.PerMessage;

    protected override string Extensions => "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n";

    protected override ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> message, Random choices, out bool isCoded)
    {
        isCoded = choices.Next(4) > 0;
        if (!isCoded) return message;
        using var output = new MemoryStream();
        using var deflate = new DeflateStream(output, CompressionLevel.Fastest, leaveOpen: true);
        deflate.Write(message);
        deflate.Flush();
        var bytes = output.ToArray();
        return bytes.AsSpan().EndsWith(EndOfFlush) ? bytes.AsSpan(0, bytes.Length - EndOfFlush.Length) : new byte[1];
    }

    protected override byte[] Decode(byte[] payload)
    {
        using var input = new MemoryStream([.. payload, .. EndOfFlush]);
        using var inflate = new DeflateStream(input, CompressionMode.Decompress);
        using var output = new MemoryStream();
        inflate.CopyTo(output);
        return output.ToArray();
    }
}
