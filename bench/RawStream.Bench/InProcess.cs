using RawStream.Load.Peers;

namespace RawStream.Bench;

/// <summary>The servers that run beside the benchmark in its process, so that their allocations can be counted.</summary>
internal static class InProcess
{
    public const string RawStream = "rawstream";
    public const string Canned = "canned";

    public static async Task<IPeer> StartAsync(string name) => name switch
    {
        RawStream => await RawStreamPeer.StartAsync(),
        Canned => CannedPeer.Start(),
        _ => await DotNetPeer.StartAsync(name),
    };
}
