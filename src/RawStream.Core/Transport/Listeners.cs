using System.Net;
using System.Net.Sockets;

namespace RawStream.Transport;

/// <summary>Turns what the options say about host and port into listening sockets.</summary>
internal static class Listeners
{
    // A free port that the kernel has chosen for IPv4 may be taken in IPv6; then another one is tried.
    private const int Attempts = 10;

    /// <exception cref="SocketException">An address is in use, or is not one of this machine.</exception>
    /// <exception cref="ArgumentException">The host is neither "localhost", nor "*", nor an IP address.</exception>
    public static IReadOnlyList<ListeningSocket> Bind(HttpServerOptions options)
    {
        for (var attempt = 1; ; attempt++)
        {
            var listeners = new List<ListeningSocket>();
            try
            {
                foreach (var endPoint in EndPoints(options, listeners))
                    listeners.Add(ListeningSocket.Bind(endPoint, options.Limits, options.Timeouts));
                return listeners;
            }
            catch (Exception e)
            {
                foreach (var listener in listeners) listener.Close();
                var maybeNextTime = e is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } && options.Port == 0 && listeners.Count > 0;
                if (!maybeNextTime || attempt == Attempts) throw;
            }
        }
    }

    /// <summary>One after the other: the second loopback address takes the port that the first one got.</summary>
    private static IEnumerable<EndPoint> EndPoints(HttpServerOptions options, List<ListeningSocket> bound)
    {
        if (options.UnixSocketPath is not null)
        {
            yield return new UnixDomainSocketEndPoint(options.UnixSocketPath);
        }
        else if (options.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            yield return new IPEndPoint(IPAddress.Loopback, options.Port);
            if (HasIPv6Loopback()) yield return new IPEndPoint(IPAddress.IPv6Loopback, ((IPEndPoint)bound[0].EndPoint).Port);
        }
        else if (options.Host == "*")
        {
            yield return new IPEndPoint(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, options.Port);
        }
        else
        {
            if (!IPAddress.TryParse(options.Host, out var address))
                throw new ArgumentException($"'{options.Host}' is neither 'localhost', nor '*', nor an IP address.");
            yield return new IPEndPoint(address, options.Port);
        }
    }

    /// <summary>A kernel may know IPv6 while the machine has no address of it.</summary>
    private static bool HasIPv6Loopback()
    {
        if (!Socket.OSSupportsIPv6) return false;
        using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
