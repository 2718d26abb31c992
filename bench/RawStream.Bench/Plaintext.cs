using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Filters;
using RawStream.Load.Peers;

namespace RawStream.Bench;

/// <summary>How the requests come: one after the other, sixteen at once on a connection, or over many connections.</summary>
public enum Load { Sequential, Pipelined16, Connections32 }

/// <summary>What one keep-alive request for 13 bytes costs: time and server allocations.</summary>
[Config(typeof(PlaintextConfig))]
public class Plaintext
{
    private const int Requests = 4096;

    private IPeer _peer = null!;
    private RawClient _client = null!;
    private int _rounds;

    [Params(Load.Sequential, Load.Pipelined16, Load.Connections32)]
    public Load Load { get; set; }

    [GlobalSetup(Target = nameof(Kestrel))]
    public Task StartKestrel() => StartAsync(DotNetPeer.KestrelWrite);

    [GlobalSetup(Target = nameof(HttpListener))]
    public Task StartHttpListener() => StartAsync(DotNetPeer.HttpListener);

    [GlobalSetup(Target = nameof(RawStream))]
    public Task StartRawStream() => StartAsync(InProcess.RawStream);

    [GlobalSetup(Target = nameof(Canned))]
    public Task StartCanned() => StartAsync(InProcess.Canned);

    [GlobalCleanup]
    public async Task Stop()
    {
        _client.Dispose();
        await _peer.DisposeAsync();
    }

    [Benchmark(OperationsPerInvoke = Requests, Baseline = true)]
    public long Kestrel() => _client.Run(_rounds);

    [Benchmark(OperationsPerInvoke = Requests)]
    public long HttpListener() => _client.Run(_rounds);

    [Benchmark(OperationsPerInvoke = Requests)]
    public long RawStream() => _client.Run(_rounds);

    /// <summary>No server at all: what the client and the kernel take. Its zero in "Allocated" is the client's zero.</summary>
    [Benchmark(OperationsPerInvoke = Requests)]
    public long Canned() => _client.Run(_rounds);

    private async Task StartAsync(string peer)
    {
        var (connections, pipelined) = Load switch
        {
            Load.Pipelined16 => (1, 16),
            Load.Connections32 => (32, 1),
            _ => (1, 1),
        };
        _peer = await InProcess.StartAsync(peer);
        _client = RawClient.Plaintext(_peer.Port, connections, pipelined);
        _rounds = Requests / connections / pipelined;
    }

    private sealed class PlaintextConfig : LoopbackConfig
    {
        // HttpListener stalls on pipelined requests.
        public PlaintextConfig() => AddFilter(new SimpleFilter(benchmark =>
            benchmark.Descriptor.WorkloadMethod.Name != nameof(HttpListener)
            || !Equals(benchmark.Parameters[nameof(Load)], Load.Pipelined16)));
    }
}
