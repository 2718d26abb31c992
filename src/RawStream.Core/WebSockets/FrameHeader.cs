using System.Buffers;
using System.Buffers.Binary;

namespace RawStream.WebSockets;

internal enum Opcode : byte
{
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA,
}

// The head of a frame (RFC 6455 §5.2):
//
//   FIN RSV1 RSV2 RSV3 opcode(4) | MASK length(7) | length(16 or 64), for 126 and 127 | masking-key(32), from clients
//
//   81 85 37 fa 21 3d   the text of 5 bytes that follow, masked
//   82 7e 01 00         256 bytes, from a server

/// <summary>The head of a frame.</summary>
/// <param name="IsFinal">The message ends with it.</param>
/// <param name="IsCompressed">RSV1: a compressed message begins with it (RFC 7692 §6).</param>
/// <param name="Opcode">What it is.</param>
/// <param name="PayloadLength">Bytes that follow.</param>
/// <param name="Mask">The masking-key: its first byte is the lowest.</param>
/// <param name="Size">Bytes of the head itself.</param>
internal readonly record struct FrameHeader(bool IsFinal, bool IsCompressed, Opcode Opcode, long PayloadLength, uint Mask, int Size)
{
    /// <summary>Bytes that the head of a frame of a server has at most.</summary>
    public const int LargestSent = 10;

    /// <summary>Bytes that the payload of a close, ping or pong has at most (RFC 6455 §5.5).</summary>
    public const int LargestControl = 125;

    private const byte Final = 0x80, Compressed = 0x40, Reserved = 0x30, Masked = 0x80;
    private const int Length16 = 126, Length64 = 127;
    private const int MaskSize = 4;

    public bool IsControl => Opcode >= Opcode.Close;

    /// <summary>
    /// Reads the head of a client's frame. What cannot be one is invalid as soon as the byte that shows it is there.
    /// </summary>
    /// <param name="bytes">What has come.</param>
    /// <param name="mayCompress">Compression was agreed on.</param>
    /// <param name="header">When it is done.</param>
    /// <param name="fault">When it is invalid: a sentence for the client.</param>
    public static OperationStatus TryRead(ReadOnlySpan<byte> bytes, bool mayCompress, out FrameHeader header, out string fault)
    {
        header = default;
        fault = Fault(bytes, mayCompress);
        if (fault.Length > 0) return OperationStatus.InvalidData;
        if (bytes.Length < 2) return OperationStatus.NeedMoreData;

        long length = bytes[1] & ~Masked;
        var size = 2;
        if (length == Length16)
        {
            if (bytes.Length < size + sizeof(ushort)) return OperationStatus.NeedMoreData;
            length = BinaryPrimitives.ReadUInt16BigEndian(bytes[size..]);
            size += sizeof(ushort);
            if (length < Length16) fault = "A length is not in its shortest form.";
        }
        else if (length == Length64)
        {
            if (bytes.Length < size + sizeof(ulong)) return OperationStatus.NeedMoreData;
            length = BinaryPrimitives.ReadInt64BigEndian(bytes[size..]);
            size += sizeof(ulong);
            if (length is >= 0 and <= ushort.MaxValue) fault = "A length is not in its shortest form.";
            if (length < 0) fault = "A length has more than 63 bits.";
        }
        if (fault.Length > 0) return OperationStatus.InvalidData;
        if (bytes.Length < size + MaskSize) return OperationStatus.NeedMoreData;

        var mask = BinaryPrimitives.ReadUInt32LittleEndian(bytes[size..]);
        header = new FrameHeader((bytes[0] & Final) != 0, (bytes[0] & Compressed) != 0, (Opcode)(bytes[0] & 0xF), length, mask, size + MaskSize);
        return OperationStatus.Done;
    }

    /// <summary>Writes the head of a server's frame, unmasked, and tells its size.</summary>
    public static int Write(Span<byte> destination, Opcode opcode, bool isFinal, bool isCompressed, int payloadLength)
    {
        destination[0] = (byte)((byte)opcode | (isFinal ? Final : 0) | (isCompressed ? Compressed : 0));
        if (payloadLength < Length16)
        {
            destination[1] = (byte)payloadLength;
            return 2;
        }
        if (payloadLength <= ushort.MaxValue)
        {
            destination[1] = Length16;
            BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payloadLength);
            return 2 + sizeof(ushort);
        }
        destination[1] = Length64;
        BinaryPrimitives.WriteInt64BigEndian(destination[2..], payloadLength);
        return 2 + sizeof(ulong);
    }

    /// <summary>What is wrong with the first two bytes, as far as they are there; empty: nothing.</summary>
    private static string Fault(ReadOnlySpan<byte> bytes, bool mayCompress)
    {
        if (bytes.IsEmpty) return "";
        var opcode = (Opcode)(bytes[0] & 0xF);
        if ((bytes[0] & Reserved) != 0) return "A reserved bit is set.";
        if (!Enum.IsDefined(opcode)) return "An opcode is reserved.";
        var beginsMessage = opcode is Opcode.Text or Opcode.Binary;
        if ((bytes[0] & Compressed) != 0 && !(mayCompress && beginsMessage)) return "RSV1 is set where it means nothing.";
        var isControl = opcode >= Opcode.Close;
        if (isControl && (bytes[0] & Final) == 0) return "A control frame is fragmented.";
        if (bytes.Length < 2) return "";
        if ((bytes[1] & Masked) == 0) return "A frame is not masked.";
        return isControl && (bytes[1] & ~Masked) > LargestControl ? "A control frame is too long." : "";
    }
}
