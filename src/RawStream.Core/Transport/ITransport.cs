using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using RawStream.Diagnostics;

namespace RawStream.Transport;

/// <summary>Where connections come from, and what thread serves them: <see cref="SocketTransport"/> or <see cref="Epoll.EpollTransport"/>.</summary>
internal interface ITransport : IDisposable
{
    /// <summary>Accepts from a socket, which it owns from here on, until the result is disposed of; then nothing more is accepted.</summary>
    /// <param name="listening">Is listening.</param>
    /// <param name="accepted">Owns each connection, and is told when descriptors run out: it should let go of that one at once.</param>
    IAsyncDisposable Accept(ListeningSocket listening, Action<Connection, bool> accepted);

    /// <summary>Called a few times a second with the milliseconds since the server was made.</summary>
    void Beat(long now);
}

/// <summary>What all transports share.</summary>
internal sealed record TransportSettings(TransportLimits Limits, TimeProvider Time, ILogger Logger)
{
    // How long accepting rests when the process runs out of file descriptors. Waiting peers stay in the backlog.
    private static readonly TimeSpan BackOff = TimeSpan.FromMilliseconds(100);

    public Task RestAsync(SocketError reason)
    {
        Log.AcceptBacksOff(Logger, reason);
        return Task.Delay(BackOff, Time);
    }
}
