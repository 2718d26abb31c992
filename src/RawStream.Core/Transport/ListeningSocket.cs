using System.Net;
using System.Net.Sockets;

namespace RawStream.Transport;

/// <summary>A socket that peers can connect to, set up so that what is accepted from it needs no setting up. Who accepts is a matter of the transport.</summary>
internal sealed class ListeningSocket
{
    private ListeningSocket(Socket socket)
    {
        Socket = socket;
        EndPoint = socket.LocalEndPoint!;
    }

    public Socket Socket { get; }

    /// <summary>Where it listens, with the real port when port 0 was asked for.</summary>
    public EndPoint EndPoint { get; }

    /// <exception cref="SocketException">The address is in use, or is not one of this machine.</exception>
    public static ListeningSocket Bind(EndPoint endPoint, HttpLimits limits, HttpTimeouts timeouts)
    {
        if (endPoint is UnixDomainSocketEndPoint unix) DeleteStaleFile(unix);
        var protocol = endPoint is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, protocol);
        try
        {
            if (endPoint is IPEndPoint ip)
            {
                if (ip.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = ip.Address.Equals(IPAddress.IPv6Any);
                // Accepted sockets inherit these on Linux, which saves the system calls per connection.
                ConfigureTcp(socket, limits, timeouts);
            }
            socket.Bind(endPoint);
            socket.Listen(limits.Backlog);
            return new ListeningSocket(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Stops listening at once.</summary>
    public void Close()
    {
        Socket.Dispose();
        if (EndPoint is UnixDomainSocketEndPoint unix) File.Delete(unix.ToString());
    }

    private static void ConfigureTcp(Socket socket, HttpLimits limits, HttpTimeouts timeouts)
    {
        const int notSentLowWater = 25; // TCP_NOTSENT_LOWAT
        socket.NoDelay = true;
        if (OperatingSystem.IsLinux()) socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, notSentLowWater, BitConverter.GetBytes(limits.UnsentBytes));
        if (timeouts.VanishedPeer == Timeout.InfiniteTimeSpan) return;
        SendProbes(socket, timeouts.VanishedPeer);
        if (OperatingSystem.IsLinux()) AskOften(socket, timeouts.VanishedPeer);
    }

    /// <summary>
    /// A peer that has vanished without FIN is noticed by probes, or by data that nobody acknowledges (<see cref="VanishClock"/>). As soon as there is such data there are no more probes, and the
    /// time starts anew: a stream that speaks just before the last probe would have twice the time. So each of the two has a bit less than half of it.
    /// </summary>
    private static void SendProbes(Socket socket, TimeSpan within)
    {
        const int probes = 3;
        const double share = 0.45;
        const double longest = 3600;
        var silence = Math.Ceiling(within.TotalSeconds * share);
        var interval = (int)Math.Clamp(silence / (probes + 1), 1, longest);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)Math.Clamp(silence - probes * interval, 1, longest));
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, interval);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, probes);
    }

    /// <summary>
    /// A peer whose window is closed is asked ever less often, after a while every two minutes only; a kernel before Linux 6.15 does not let us change that. Two questions without an answer and the silence after them fit into the time.
    /// </summary>
    private static void AskOften(Socket socket, TimeSpan within)
    {
        const int retransmissionMost = 44; // TCP_RTO_MAX_MS
        const double share = 0.15;
        const double shortest = 1000, longest = 120_000;
        try
        {
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, retransmissionMost, BitConverter.GetBytes((int)Math.Clamp(within.TotalMilliseconds * share, shortest, longest)));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ProtocolOption)
        {
            // It is older.
        }
    }

    /// <summary>A socket cannot be opened as a file.</summary>
    private static bool IsRegularFile(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>A server that was killed leaves its socket file behind. Only one that nobody answers on is removed.</summary>
    private static void DeleteStaleFile(UnixDomainSocketEndPoint endPoint)
    {
        var path = endPoint.ToString();
        if (!File.Exists(path) || IsRegularFile(path)) return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(endPoint);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
        }
    }
}
