using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using RawStream.Diagnostics;

namespace RawStream.Transport;

/// <summary>A listening socket and the loop that accepts from it.</summary>
internal sealed class ConnectionListener : IAsyncDisposable
{
    // How long accepting rests when the process runs out of file descriptors. Waiting peers stay in the backlog.
    private static readonly TimeSpan BackOff = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private Task _accepting = Task.CompletedTask;

    private ConnectionListener(Socket socket, TimeProvider time, ILogger logger)
    {
        _socket = socket;
        _time = time;
        _logger = logger;
        EndPoint = socket.LocalEndPoint!;
    }

    /// <summary>Where it listens, with the real port when port 0 was asked for.</summary>
    public EndPoint EndPoint { get; }

    /// <exception cref="SocketException">The address is in use, or is not one of this machine.</exception>
    public static ConnectionListener Bind(EndPoint endPoint, int backlog, TimeSpan vanishedPeer, TimeProvider time, ILogger logger)
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
                ConfigureTcp(socket, vanishedPeer);
            }
            socket.Bind(endPoint);
            socket.Listen(backlog);
            return new ConnectionListener(socket, time, logger);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Accepts until disposed.</summary>
    /// <param name="accepted">Owns each socket, and is told when descriptors run out: it should let go of that one at once.</param>
    public void Start(Action<Socket, bool> accepted) => _accepting = AcceptAllAsync(accepted);

    public async ValueTask DisposeAsync()
    {
        Close();
        await _accepting;
        _stop.Dispose();
    }

    /// <summary>Stops listening at once; the loop ends by itself.</summary>
    public void Close()
    {
        _stop.Cancel();
        _socket.Dispose();
        if (EndPoint is UnixDomainSocketEndPoint unix) File.Delete(unix.ToString());
    }

    private async Task AcceptAllAsync(Action<Socket, bool> accepted)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _socket.AcceptAsync(_stop.Token);
                if (EndPoint is IPEndPoint && !OperatingSystem.IsLinux()) socket.NoDelay = true;
                var runsOut = DescriptorLimit.IsNear(socket);
                accepted(socket, runsOut);
                if (runsOut) await RestAsync(SocketError.TooManyOpenSockets);
            }
            catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                await RestAsync(e.SocketErrorCode);
            }
            catch (SocketException e)
            {
                Log.AcceptFailed(_logger, e.SocketErrorCode); // The peer gave up while it was in the backlog.
            }
        }
    }

    private Task RestAsync(SocketError reason)
    {
        Log.AcceptBacksOff(_logger, reason);
        return Task.Delay(BackOff, _time);
    }

    /// <summary>A peer that has vanished without FIN is noticed by probes, or by data that nobody acknowledges.</summary>
    private static void ConfigureTcp(Socket socket, TimeSpan vanishedPeer)
    {
        const int tcpUserTimeout = 18;
        const int probes = 3;
        socket.NoDelay = true;
        if (vanishedPeer == Timeout.InfiniteTimeSpan) return;
        var seconds = (int)Math.Clamp(vanishedPeer.TotalSeconds / (probes + 1), 1, 3600);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, seconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, seconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, probes);
        if (OperatingSystem.IsLinux())
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, tcpUserTimeout, BitConverter.GetBytes((int)Math.Min(vanishedPeer.TotalMilliseconds, int.MaxValue)));
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
