using System.Buffers.Binary;
using System.Net.Sockets;

namespace RawStream.Transport;

/// <summary>
/// What the kernel knows of a TCP connection, from <c>struct tcp_info</c> of Linux (its fields keep their places from version to version).
/// </summary>
/// <param name="BytesAcknowledged">tcpi_bytes_acked.</param>
/// <param name="BytesUnacknowledged">What was given to the kernel and has not arrived: in flight, or not sent yet.</param>
/// <param name="RoundTripMicroseconds">tcpi_rtt, smoothed.</param>
/// <param name="MillisecondsSinceHeard">tcpi_last_ack_recv: since the last packet of the peer that acknowledges anything, something new or not.</param>
/// <param name="AwaitsAnswer">Something, or more than one probe of a closed window, was sent after that (tcpi_last_data_sent, tcpi_probes): a single probe may be lost, and the next one is long in coming.</param>
internal readonly record struct TcpInfo(long BytesAcknowledged, long BytesUnacknowledged, int RoundTripMicroseconds, int MillisecondsSinceHeard, bool AwaitsAnswer)
{
    /// <summary>The name of the socket option.</summary>
    public const int Option = 11; // TCP_INFO

    /// <summary>Of as much as is read; the kernel may know more.</summary>
    public const int Length = 216;

    private const int ProbesAt = 3, LastSentAt = 44, LastHeardAt = 56, RttAt = 68, BytesAckedAt = 120, NotSentAt = 144, BytesSentAt = 200, BytesRetransmittedAt = 208;

    /// <summary>False where it cannot be known: another system, an old kernel, another kind of socket, a closed one.</summary>
    public static bool TryRead(Socket socket, out TcpInfo info)
    {
        info = default;
        if (!OperatingSystem.IsLinux() || socket.ProtocolType != ProtocolType.Tcp) return false;
        try
        {
            Span<byte> bytes = stackalloc byte[Length];
            if (socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, Option, bytes) < Length) return false;
            info = Parse(bytes);
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Takes apart what the kernel has filled in.</summary>
    public static TcpInfo Parse(ReadOnlySpan<byte> bytes)
    {
        var acknowledged = Read64(bytes, BytesAckedAt);
        var inFlight = Read64(bytes, BytesSentAt) - Read64(bytes, BytesRetransmittedAt) - acknowledged;
        var (sinceSent, sinceHeard) = (Read32(bytes, LastSentAt), Read32(bytes, LastHeardAt));
        var awaitsAnswer = sinceSent < sinceHeard || bytes[ProbesAt] > 1;
        return new TcpInfo(acknowledged, Math.Max(inFlight, 0) + Read32(bytes, NotSentAt), Read32(bytes, RttAt), sinceHeard, awaitsAnswer);
    }

    private static long Read64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private static int Read32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
}
