using RawStream.Load.Peers;
using RawStream.Load.Subject;

namespace RawStream.Load.Trial;

/// <summary>The server under trial as a process of its own, on the servers' core.</summary>
internal sealed class SubjectProcess : IDisposable
{
    private readonly ServerProcess _process;

    private SubjectProcess(ServerProcess process, Site site) => (_process, Site) = (process, site);

    public Site Site { get; }

    public bool HasEnded => _process.HasEnded;

    /// <param name="options">What the server is to be like.</param>
    /// <param name="descriptors">How many descriptors it may have; 0 leaves it at what this process may.</param>
    public static SubjectProcess Start(SubjectOptions options, int descriptors = 0)
    {
        var launch = PeerList.Self(options.ToArguments());
        if (descriptors > 0) launch = new Launch(["sh", "-c", $"ulimit -n {descriptors}; exec \"$@\"", "sh", .. launch.Command]);
        var process = ServerProcess.Start(new Peer("subject", Endpoints.All, () => launch), launch);
        try
        {
            return new SubjectProcess(process, Site.FindAsync(process.Port, process.Id).GetAwaiter().GetResult());
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    public void Dispose() => _process.Dispose();
}
