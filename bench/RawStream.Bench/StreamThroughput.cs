using BenchmarkDotNet.Attributes;
using RawStream.Load.Peers;
using RawStream.Load.Wire;

namespace RawStream.Bench;

/// <summary>
/// What one chunk of a stream costs, written and flushed by itself: time and server allocations. Every peer is first made to
/// show that it sends exactly one chunk a write.
/// </summary>
[Config(typeof(LoopbackConfig))]
public class StreamThroughput
{
    private const int Chunks = 65_536; // Over all connections.
    private const int CheckedChunks = 1000;

    private IPeer _peer = null!;
    private RawClient _client = null!;

    [Params(64, 1024, 16384)]
    public int Size { get; set; }

    [Params(1, 8)]
    public int Connections { get; set; }

    [GlobalSetup(Target = nameof(Kestrel_Flush))]
    public Task StartKestrelFlush() => StartAsync(DotNetPeer.KestrelFlush);

    [GlobalSetup(Target = nameof(Kestrel_Write))]
    public Task StartKestrelWrite() => StartAsync(DotNetPeer.KestrelWrite);

    [GlobalSetup(Target = nameof(Kestrel_Body))]
    public Task StartKestrelBody() => StartAsync(DotNetPeer.KestrelBody);

    [GlobalSetup(Target = nameof(HttpListener))]
    public Task StartHttpListener() => StartAsync(DotNetPeer.HttpListener);

    [GlobalSetup(Target = nameof(RawStream))]
    public Task StartRawStream() => StartAsync(InProcess.RawStream);

    [GlobalCleanup]
    public async Task Stop()
    {
        _client.Dispose();
        await _peer.DisposeAsync();
    }

    [Benchmark(OperationsPerInvoke = Chunks, Baseline = true)]
    public long Kestrel_Flush() => _client.Run(rounds: 1);

    [Benchmark(OperationsPerInvoke = Chunks)]
    public long Kestrel_Write() => _client.Run(rounds: 1);

    [Benchmark(OperationsPerInvoke = Chunks)]
    public long Kestrel_Body() => _client.Run(rounds: 1);

    [Benchmark(OperationsPerInvoke = Chunks)]
    public long HttpListener() => _client.Run(rounds: 1);

    [Benchmark(OperationsPerInvoke = Chunks)]
    public long RawStream() => _client.Run(rounds: 1);

    private async Task StartAsync(string peer)
    {
        _peer = await InProcess.StartAsync(peer);
        if (FrameCheck.Run(_peer.Port, CheckedChunks, Size) != CheckedChunks)
            throw new InvalidDataException($"{peer} does not send one chunk a write.");
        _client = RawClient.Stream(_peer.Port, Connections, Chunks / Connections, Size);
    }
}
