using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace RawStream.Transport;

/// <summary>
/// How many connections each peer has open. A peer is an IPv4 address, however it is written, or an IPv6 network of 64 bits: one subscriber has all addresses of that (RFC 6177), and
/// could come from another one each time. Whoever has none open takes no memory.
/// </summary>
internal sealed class PeerCounts(int most)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(bool IsIPv6, ulong Network), int> _open = [];

    /// <summary>How many peers have some open.</summary>
    public int Peers
    {
        get
        {
            lock (_gate) return _open.Count;
        }
    }

    /// <summary>Counts one more, unless there are as many as there may be.</summary>
    public bool TryAdd(IPAddress address)
    {
        var peer = PeerOf(address);
        lock (_gate)
        {
            var open = _open.GetValueOrDefault(peer);
            if (open >= most) return false;
            _open[peer] = open + 1;
            return true;
        }
    }

    /// <summary>One that was added is closed.</summary>
    public void Remove(IPAddress address)
    {
        var peer = PeerOf(address);
        lock (_gate)
        {
            if (--_open[peer] == 0) _open.Remove(peer);
        }
    }

    private static (bool IsIPv6, ulong Network) PeerOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetwork || address.IsIPv4MappedToIPv6
            ? (false, BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]))
            : (true, BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }
}
