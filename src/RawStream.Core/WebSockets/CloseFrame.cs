using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Unicode;

namespace RawStream.WebSockets;

// The payload of a close frame (RFC 6455 §5.5.1): nothing, or
//
//   status(16) reason
//
//   03 e8 62 79 65   1000 "bye"

/// <summary>What is said when a WebSocket closes.</summary>
internal static class CloseFrame
{
    private const int LongestReason = FrameHeader.LargestControl - sizeof(ushort);

    /// <summary>A payload to send; without a status it is empty.</summary>
    /// <exception cref="ArgumentException">The status is none that may be sent, or the reason is longer than 123 bytes of UTF-8.</exception>
    public static byte[] Write(WebSocketCloseStatus? status, string? reason)
    {
        reason ??= "";
        if (status is null) return [];
        if (!MayBeSent((int)status)) throw new ArgumentOutOfRangeException(nameof(status), (int)status, "Not a status that may be sent (RFC 6455 §7.4).");
        var payload = new byte[sizeof(ushort) + Encoding.UTF8.GetByteCount(reason)];
        if (payload.Length > FrameHeader.LargestControl) throw new ArgumentException($"The reason is longer than {LongestReason} bytes.", nameof(reason));
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)status);
        Encoding.UTF8.GetBytes(reason, payload.AsSpan(sizeof(ushort)));
        return payload;
    }

    /// <summary>What the client says; no status where it has given none.</summary>
    /// <exception cref="WebSocketFailure">It may not be sent, or the reason is not UTF-8.</exception>
    public static (WebSocketCloseStatus? Status, string Reason) Read(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty) return (null, "");
        if (payload.Length < sizeof(ushort)) throw new WebSocketFailure(WebSocketCloseStatus.ProtocolError, "A close has half a status.");
        var status = BinaryPrimitives.ReadUInt16BigEndian(payload);
        var reason = payload[sizeof(ushort)..];
        if (!MayBeSent(status)) throw new WebSocketFailure(WebSocketCloseStatus.ProtocolError, "A close has a status that may not be sent.");
        if (!Utf8.IsValid(reason)) throw new WebSocketFailure(WebSocketCloseStatus.InvalidPayloadData, "The reason of a close is not UTF-8.");
        return ((WebSocketCloseStatus)status, Encoding.UTF8.GetString(reason));
    }

    /// <summary>What is registered and not reserved for the API, and the ranges for libraries and applications (RFC 6455 §7.4).</summary>
    private static bool MayBeSent(int status) => status is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);
}
