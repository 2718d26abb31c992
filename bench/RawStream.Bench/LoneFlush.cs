using System.Net;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using RawStream.Transport;

namespace RawStream.Bench;

/// <summary>A chunk on a connection where nothing else happens: from the flush until the kernel has it, beside a send of the same bytes. Between two of them all is quiet.</summary>
[SimpleJob(invocationCount: 1, iterationCount: 1000, warmupCount: 1000)]
public class LoneFlush
{
    private static readonly byte[] Data = new byte[64];
    private static readonly byte[] Chunk = [.. "40\r\n"u8, .. Data, .. "\r\n"u8];

    private readonly List<Socket> _sockets = [];
    private Socket _direct = null!;
    private SocketConnection _connection = null!;

    [GlobalSetup]
    public void Setup()
    {
        _direct = Connect();
        _connection = new SocketConnection(Connect(), new TransportLimits(64 * 1024, 64 * 1024));
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (var socket in _sockets) socket.Dispose();
    }

    [IterationSetup]
    public void BeQuiet() => Thread.Sleep(2); // Longer than the tick in which a second send would be put off.

    [Benchmark(Baseline = true)]
    public int DirectSend() => _direct.Send(Chunk, SocketFlags.None);

    [Benchmark]
    public bool Flush() => _connection.Output.TryWrite("40\r\n"u8, Data, "\r\n"u8, out var flush) && flush.IsCompletedSuccessfully;

    /// <summary>The server's end; what it sends is read and forgotten.</summary>
    private Socket Connect()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        var server = listener.Accept();
        server.NoDelay = true;
        _sockets.AddRange([client, server]);
        new Thread(() =>
        {
            var room = new byte[4096];
            try
            {
                while (client.Receive(room) > 0)
                {
                    // Nobody looks at it.
                }
            }
            catch (SocketException)
            {
                // Disposed of: the benchmark has ended.
            }
        }) { IsBackground = true }.Start();
        return server;
    }
}
