using System.Net;
using Microsoft.Extensions.Logging;
using RawStream.Diagnostics;
using RawStream.Timing;
using RawStream.Transport;

namespace RawStream.Http1;

/// <summary>Which connections are let in. The others cost one send, and in the log a line a second.</summary>
internal sealed class Admission(HttpServerOptions options, ConnectionSet connections, Heartbeat clock, ILogger logger)
{
    private readonly PeerCounts? _peers = options.Limits.ConnectionsPerAddress == int.MaxValue ? null : new PeerCounts(options.Limits.ConnectionsPerAddress);
    private readonly LogThrottle _full = new(clock);
    private readonly LogThrottle _tooMany = new(clock);

    /// <summary>True: it is counted until <see cref="Leave"/>. False: it was told, and closed.</summary>
    public bool TryEnter(Connection connection, bool descriptorsRunOut)
    {
        var open = connections.Count;
        if (descriptorsRunOut || open >= options.Limits.Connections)
        {
            if (_full.TryTake(out var refused)) Log.ConnectionRefused(logger, open, refused);
        }
        else if (_peers is not null && connection.RemoteEndPoint is IPEndPoint peer && !_peers.TryAdd(peer.Address))
        {
            if (_tooMany.TryTake(out var refused)) Log.AddressRefused(logger, peer.Address, options.Limits.ConnectionsPerAddress, refused);
        }
        else
        {
            return true;
        }
        Refuse(connection);
        return false;
    }

    public void Leave(Connection connection)
    {
        if (_peers is not null && connection.RemoteEndPoint is IPEndPoint peer) _peers.Remove(peer.Address);
    }

    /// <summary>Without any work: what fits into the socket at once, and closed.</summary>
    private void Refuse(Connection connection)
    {
        if (options.Https is null)
        {
            connection.TrySend(RejectionResponse.Whole(RejectionReason.TooManyConnections));
            connection.CloseSending();
        }
        connection.Close(reset: options.Https is not null); // With TLS, a word to it would cost a handshake.
    }
}
