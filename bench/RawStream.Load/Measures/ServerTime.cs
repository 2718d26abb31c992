using RawStream.Load.Peers;

namespace RawStream.Load.Measures;

/// <summary>The processor time that a server uses meanwhile: on a machine that does other work too, less noisy than a rate.</summary>
internal readonly struct ServerTime(ServerProcess server)
{
    private readonly TimeSpan _start = server.ProcessorTime;

    public double MicrosecondsEach(long operations) => (server.ProcessorTime - _start).TotalMicroseconds / operations;
}
