namespace RawStream.Transport.Epoll;

/// <summary>
/// Linux without <see cref="System.Net.Sockets.Socket"/>: one loop for each core, on which the handlers run, too. See <see cref="HttpTransport.Epoll"/>.
/// </summary>
internal sealed class EpollTransport : ITransport
{
    private readonly EpollLoop[] _loops;

    public EpollTransport(TransportSettings settings)
    {
        Settings = settings;
        _loops = new EpollLoop[Environment.ProcessorCount];
        for (var i = 0; i < _loops.Length; i++) _loops[i] = new EpollLoop(i);
    }

    public TransportSettings Settings { get; }

    public ReadOnlySpan<EpollLoop> Loops => _loops;

    /// <summary>The loop for the next connection: the one that has the fewest. (Who accepts by SO_REUSEPORT gets what a hash deals out, for as long as a stream lives.)</summary>
    public EpollLoop LeastLoaded
    {
        get
        {
            var least = _loops[0];
            foreach (var loop in _loops)
                if (loop.Connections < least.Connections) least = loop;
            return least;
        }
    }

    public IAsyncDisposable Accept(ListeningSocket listening, Action<Connection, bool> accepted) => new EpollListener(this, listening, accepted);

    public void Beat(long now)
    {
        foreach (var loop in _loops) loop.CheckTurn(now);
    }

    public void Dispose()
    {
        foreach (var loop in _loops) loop.Stop();
    }
}
