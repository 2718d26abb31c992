using System.Net;

namespace RawStream.Load.Trial;

/// <summary>Where the server under trial is, and which process it is.</summary>
internal sealed record Site(int Port, int SecurePort, int Process)
{
    public IPEndPoint Clear => new(IPAddress.Loopback, Port);

    public IPEndPoint Secure => new(IPAddress.Loopback, SecurePort);

    /// <summary>Asks the server for its other port.</summary>
    public static async Task<Site> FindAsync(int port, int process)
    {
        var site = new Site(port, 0, process);
        return site with { SecurePort = (int)(await Vitals.TakeAsync(site)).Of("tls-port") };
    }
}
