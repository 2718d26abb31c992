using System.Buffers.Binary;
using System.Text;

namespace RawStream.Tests.WebSockets;

/// <summary>Frames as a client sends them, right and wrong (RFC 6455 §5.2).</summary>
internal static class ClientFrame
{
    public const int Continuation = 0, TextCode = 1, BinaryCode = 2, CloseCode = 8, PingCode = 9, PongCode = 10;

    private static readonly byte[] Key = [0x37, 0xFA, 0x21, 0x3D];

    public static byte[] Text(string text, bool final = true) => Of(TextCode, Encoding.UTF8.GetBytes(text), final);

    public static byte[] Binary(byte[] payload, bool final = true) => Of(BinaryCode, payload, final);

    public static byte[] More(string text, bool final = true) => Of(Continuation, Encoding.UTF8.GetBytes(text), final);

    public static byte[] Ping(string payload = "") => Of(PingCode, Encoding.UTF8.GetBytes(payload));

    public static byte[] Pong(string payload = "") => Of(PongCode, Encoding.UTF8.GetBytes(payload));

    public static byte[] Close(int status = 1000, string reason = "") => Of(CloseCode, ClosePayload(status, Encoding.UTF8.GetBytes(reason)));

    public static byte[] ClosePayload(int status, byte[] reason) => [(byte)(status >> 8), (byte)status, .. reason];

    /// <param name="opcode">Four bits.</param>
    /// <param name="payload">Not masked yet.</param>
    /// <param name="final">FIN.</param>
    /// <param name="reserved">RSV1 is 4, RSV2 is 2, RSV3 is 1.</param>
    /// <param name="masked">As a client has to.</param>
    /// <param name="lengthForm">7, 16 or 64 bits; 0 is the shortest.</param>
    /// <param name="promised">The length that it tells, where that is not the payload's.</param>
    public static byte[] Of(int opcode, byte[] payload, bool final = true, int reserved = 0, bool masked = true, int lengthForm = 0, long promised = -1)
    {
        var length = promised < 0 ? payload.Length : promised;
        if (lengthForm == 0) lengthForm = length < 126 ? 7 : length <= ushort.MaxValue ? 16 : 64;
        var head = new byte[lengthForm == 7 ? 2 : lengthForm == 16 ? 4 : 10];
        head[0] = (byte)((final ? 0x80 : 0) | (reserved << 4) | opcode);
        head[1] = (byte)((masked ? 0x80 : 0) | (lengthForm == 7 ? (int)length : lengthForm == 16 ? 126 : 127));
        if (lengthForm == 16) BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(2), (ushort)length);
        if (lengthForm == 64) BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(2), length);
        return masked ? [.. head, .. Key, .. payload.Select((b, i) => (byte)(b ^ Key[i % 4]))] : [.. head, .. payload];
    }
}
