using RawStream.Transport;
using RawStream.Transport.Epoll;

namespace RawStream;

/// <summary>What a server receives and sends with.</summary>
public enum HttpTransport
{
    /// <summary><see cref="System.Net.Sockets.Socket"/>: on every system, and handlers may block, since each runs on the thread pool.</summary>
    Sockets,

    /// <summary>
    /// The system calls of Linux themselves, with one event loop for each core. A handler begins on the thread of its loop, and goes on there after it has
    /// waited for its client (reads, writes, flushes): about half the time for a small request, and less memory for each connection.
    /// <para>
    /// The price: <b>a handler must not block</b>, or all other connections of its loop wait. What blocks or computes for long belongs into
    /// <see cref="Task.Run(Action)"/>. A loop that is held up for more than a second goes on with another thread, and a handler
    /// that has held up its loop for 25 ms three times in a row (not counting for how long others had the processor) begins on the thread pool from then on; a
    /// warning names the request.
    /// </para>
    /// On another system the server does not start (<see cref="PlatformNotSupportedException"/>).
    /// </summary>
    Epoll,
}

internal static class HttpTransports
{
    /// <exception cref="PlatformNotSupportedException">It is not to be had here.</exception>
    public static ITransport Create(this HttpTransport transport, TransportSettings settings) => transport switch
    {
        HttpTransport.Sockets => new SocketTransport(settings),
        HttpTransport.Epoll when OperatingSystem.IsLinux() => new EpollTransport(settings),
        HttpTransport.Epoll => throw new PlatformNotSupportedException("The epoll transport needs Linux."),
        _ => throw new ArgumentOutOfRangeException(nameof(transport), transport, "There is no such transport."),
    };
}
