using System.Numerics;

namespace RawStream.WebSockets;

/// <summary>What makes a client's payload of what it has sent (RFC 6455 §5.3): byte i is XORed with byte i modulo 4 of the masking-key.</summary>
internal static class Masking
{
    /// <param name="payload">Is changed.</param>
    /// <param name="mask">The masking-key: its first byte is the lowest.</param>
    /// <param name="position">Of the first byte within its frame.</param>
    public static void Apply(Span<byte> payload, uint mask, long position)
    {
        mask = BitOperations.RotateRight(mask, (int)(position & 3) * 8);
        var pattern = Vector.AsVectorByte(new Vector<uint>(BitConverter.IsLittleEndian ? mask : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(mask)));
        while (payload.Length >= Vector<byte>.Count)
        {
            (new Vector<byte>(payload) ^ pattern).CopyTo(payload);
            payload = payload[Vector<byte>.Count..];
        }
        for (var i = 0; i < payload.Length; i++) payload[i] ^= (byte)(mask >> ((i & 3) * 8));
    }
}
