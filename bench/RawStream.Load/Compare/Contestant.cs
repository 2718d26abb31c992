using RawStream.Load.Peers;

namespace RawStream.Load.Compare;

/// <summary>A peer that takes part in a measure, with a server that is started when it is first needed, and anew when it has died.</summary>
internal sealed class Contestant(Peer peer) : IDisposable
{
    private ServerProcess? _server;

    public Peer Peer => peer;

    public string Name => peer.Name;

    /// <summary>The server has served something before, and so needs less time to warm up.</summary>
    public bool IsWarm { get; set; }

    public ServerProcess Server
    {
        get
        {
            if (_server is { HasEnded: false }) return _server;
            Dispose();
            return _server = ServerProcess.Start(peer);
        }
    }

    public void Dispose()
    {
        _server?.Dispose();
        _server = null;
        IsWarm = false;
    }
}
