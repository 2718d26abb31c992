using System.Buffers.Binary;
using System.Net;

namespace RawStream.Transport.Epoll;

/// <summary>A peer's address in 24 bytes and no object: few ask for it, and an <see cref="IPEndPoint"/> has several times that.</summary>
internal readonly struct PeerAddress
{
    /// <summary>Of <c>struct sockaddr_in6</c>, the longest one that is told apart.</summary>
    public const int Length = 28;

    private const int IPv4 = 2, IPv6 = 10; // AF_INET, AF_INET6

    private readonly ulong _high, _low;
    private readonly uint _scope;
    private readonly ushort _port;
    private readonly byte _family;

    /// <param name="address">
    /// <c>sockaddr_in { uint16 family; be16 port; be32 address }</c> or <c>sockaddr_in6 { uint16 family; be16 port; be32 flow; address[16]; uint32 scope }</c>
    /// </param>
    public PeerAddress(ReadOnlySpan<byte> address)
    {
        _family = address[0];
        _port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        if (_family == IPv4)
        {
            _high = BinaryPrimitives.ReadUInt32BigEndian(address[4..]);
        }
        else if (_family == IPv6)
        {
            _high = BinaryPrimitives.ReadUInt64BigEndian(address[8..]);
            _low = BinaryPrimitives.ReadUInt64BigEndian(address[16..]);
            _scope = BinaryPrimitives.ReadUInt32LittleEndian(address[24..]);
        }
    }

    /// <summary>Null for a peer of another family, such as a Unix domain socket: it has no address.</summary>
    public IPEndPoint? ToEndPoint()
    {
        Span<byte> bytes = stackalloc byte[16];
        switch (_family)
        {
            case IPv4:
                BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)_high);
                return new IPEndPoint(new IPAddress(bytes[..4]), _port);
            case IPv6:
                BinaryPrimitives.WriteUInt64BigEndian(bytes, _high);
                BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _low);
                return new IPEndPoint(new IPAddress(bytes, _scope), _port);
            default:
                return null;
        }
    }
}
