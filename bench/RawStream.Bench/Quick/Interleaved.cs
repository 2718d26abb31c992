using System.Diagnostics;

namespace RawStream.Bench.Quick;

/// <summary>Runs of several servers in turn, so that a noisy minute hits all of them, with the load on a core of its own.</summary>
internal static class Interleaved
{
    /// <summary>On Linux this moves the calling thread, which is the one that makes the load.</summary>
    public static void PinLoad()
    {
        if (OperatingSystem.IsLinux() && Environment.ProcessorCount > 1)
            Process.GetCurrentProcess().ProcessorAffinity = 1 << 1;
    }

    /// <summary>The outcomes of each server, in the order of the servers.</summary>
    public static T[][] Run<T>(IReadOnlyList<ServerProcess> servers, int runs, Func<ServerProcess, T> measure)
    {
        var outcomes = servers.Select(_ => new T[runs]).ToArray();
        for (var run = 0; run < runs; run++)
            for (var i = 0; i < servers.Count; i++)
                outcomes[i][run] = measure(servers[i]);
        return outcomes;
    }
}
