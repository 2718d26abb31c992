using System.Diagnostics;
using RawStream.Bench.Peers;

namespace RawStream.Bench.Quick;

/// <summary>What was done in a run, how long it took, and the processor time that the server used.</summary>
internal readonly record struct Outcome(long Operations, TimeSpan Time, TimeSpan ServerTime);

/// <summary>One row of the quick bench: a load, what is counted in it, and its unit.</summary>
internal sealed record Measure(string Name, string Title, double Unit, int PerResponse, int CheckedSize, Func<int, RawClient> Connect)
{
    /// <summary>Long streams, so that the request does not count; a few megabytes, so that a run ends soon after its time.</summary>
    private static readonly Measure[] Streams =
    [
        Stream("stream64", size: 64, connections: 1, chunks: 200_000),
        Stream("stream64", size: 64, connections: 32, chunks: 20_000),
        Stream("stream1k", size: 1024, connections: 1, chunks: 20_000),
        Stream("stream1k", size: 1024, connections: 32, chunks: 2_000),
        Stream("stream16k", size: 16384, connections: 1, chunks: 2_000),
        Stream("stream16k", size: 16384, connections: 32, chunks: 200),
    ];

    public static readonly Measure[] All =
    [
        .. Streams,
        Plaintext("plaintext", connections: 64, pipelined: 1),
        Plaintext("pipelined", connections: 64, pipelined: 16),
    ];

    public static IEnumerable<string> Names => All.Select(measure => measure.Name).Distinct();

    /// <summary>Runs the load against a server.</summary>
    public Outcome Run(ServerProcess server, TimeSpan time)
    {
        using var client = Connect(server.Port);
        var start = Stopwatch.GetTimestamp();
        var processorStart = server.ProcessorTime;
        var operations = client.Run(time) * PerResponse;
        return new Outcome(operations, Stopwatch.GetElapsedTime(start), server.ProcessorTime - processorStart);
    }

    /// <summary>Operations a second, in the measure's unit.</summary>
    public double Rate(Outcome run) => run.Operations / run.Time.TotalSeconds / Unit;

    /// <summary>What one operation cost the server.</summary>
    public static double ServerMicroseconds(Outcome run) => run.ServerTime.TotalMicroseconds / run.Operations;

    /// <summary>Throws if the server does not send one chunk a write.</summary>
    public void Check(ServerProcess server)
    {
        if (CheckedSize > 0) FrameCheck.Run(server.Port, chunks: 5000, CheckedSize);
    }

    private static Measure Stream(string name, int size, int connections, int chunks) => new(
        name, $"{(size < 1024 ? $"{size} B" : $"{size / 1024} KiB")} × {connections}, M chunks/s", 1e6, chunks, size,
        port => RawClient.Stream(port, connections, chunks, size));

    private static Measure Plaintext(string name, int connections, int pipelined) => new(
        name, $"{name} × {connections}, k requests/s", 1e3, 1, 0,
        port => RawClient.Plaintext(port, connections, pipelined));
}
