using System.Net.Sockets;
using RawStream.Diagnostics;

namespace RawStream.Transport.Epoll;

/// <summary>A listening socket that all loops watch: of those that have nothing to do the kernel wakes one.</summary>
internal sealed class EpollListener : IEpollSource, IAsyncDisposable
{
    // As many at a time: then the loop looks after those that it has.
    private const int MaxAccepts = 32;

    private readonly EpollTransport _transport;
    private readonly ListeningSocket _listening;
    private readonly Action<Connection, bool> _accepted;
    private readonly Lock _gate = new();
    private bool _isWatched;
    private bool _isClosed;

    public EpollListener(EpollTransport transport, ListeningSocket listening, Action<Connection, bool> accepted)
    {
        _transport = transport;
        _listening = listening;
        _accepted = accepted;
        _listening.Socket.Blocking = false;
        Number = (int)_listening.Socket.Handle;
        Watch();
    }

    public int Number { get; }

    public uint Generation { get; } = EpollLoop.NextGeneration();

    public void OnEvents(EpollEvents events)
    {
        Span<byte> address = stackalloc byte[PeerAddress.Length];
        lock (_gate)
        {
            for (var i = 0; i < MaxAccepts && _isWatched; i++)
            {
                address.Clear();
                var accepted = LinuxSystem.Accept(Number, address);
                if (accepted == -LinuxSystem.Again) return;
                if (accepted < 0) OnFailed(LinuxSystem.ErrorOf(accepted));
                else OnAccepted(accepted, new PeerAddress(address));
            }
        }
    }

    public void OnBlocking(TimeSpan time)
    {
        // Nothing here waits for anything.
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            Unwatch();
            _listening.Close();
        }
        return default;
    }

    private void OnAccepted(int descriptor, PeerAddress peer)
    {
        var connection = new EpollConnection(_transport.LeastLoaded, descriptor, peer, _transport.Settings.Limits);
        var runsOut = DescriptorLimit.IsNear(descriptor);
        connection.Watch();
        _accepted(connection, runsOut);
        if (runsOut) Rest(SocketError.TooManyOpenSockets);
    }

    private void OnFailed(SocketError error)
    {
        if (error is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable) Rest(error);
        else Log.AcceptFailed(_transport.Settings.Logger, error); // The peer gave up while it was in the backlog.
    }

    /// <summary>A socket that is ready, and that nobody accepts from, would be told of again and again.</summary>
    private void Rest(SocketError reason)
    {
        Unwatch();
        _ = RestAsync(reason);
    }

    private async Task RestAsync(SocketError reason)
    {
        await _transport.Settings.RestAsync(reason);
        lock (_gate)
        {
            if (!_isClosed) Watch();
        }
    }

    private void Watch()
    {
        _isWatched = true;
        foreach (var loop in _transport.Loops)
            if (!loop.TryWatch(this, EpollEvents.In | EpollEvents.Exclusive)) throw new InvalidOperationException("The system cannot watch one more descriptor: see fs.epoll.max_user_watches.");
    }

    private void Unwatch()
    {
        if (!_isWatched) return;
        _isWatched = false;
        foreach (var loop in _transport.Loops) loop.Unwatch(this, isAboutToClose: false);
    }
}
