using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using RawStream.Transport;

namespace RawStream.Tests.Lifetime;

/// <summary>A client of bytes, which never waits without a bound.</summary>
internal sealed class Peer(Stream stream) : IAsyncDisposable
{
    private StringBuilder _received = new();
    private readonly byte[] _buffer = new byte[64 * 1024];

    /// <summary>The connection ended with a RST.</summary>
    public bool WasReset { get; private set; }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(byte[] bytes)
    {
        using var patience = new CancellationTokenSource(Site.Patience);
        await stream.WriteAsync(bytes, patience.Token);
    }

    /// <summary>A request without a body.</summary>
    public Task GetAsync(string path) => SendAsync($"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");

    /// <summary>All that has come, once this text is in it.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        while (!_received.ToString().Contains(text, StringComparison.Ordinal))
            if (!await ReadAsync())
                Assert.Fail($"The connection ended before '{text}' came, after: {_received}");
        return _received.ToString();
    }

    /// <summary>All that has come, once the connection has ended.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await ReadAsync())
        {
            // On to the end.
        }
        return _received.ToString();
    }

    /// <summary>Forgets what has come: the next response is read.</summary>
    public void Forget() => _received = new StringBuilder();

    /// <summary>FIN.</summary>
    public void CompleteWrites()
    {
        if (stream is MemoryClient memory) memory.CompleteWrites();
        else ((NetworkStream)stream).Socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>RST.</summary>
    public void Abort()
    {
        if (stream is MemoryClient memory) memory.Abort();
        else ((NetworkStream)stream).Socket.Close(0);
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task<bool> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Site.Patience);
        try
        {
            var count = await stream.ReadAsync(_buffer, patience.Token);
            _received.Append(Encoding.Latin1.GetString(_buffer, 0, count));
            return count > 0;
        }
        catch (IOException)
        {
            WasReset = true;
            return false;
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Nothing more has come, and the connection is open, after: {_received}");
            throw;
        }
    }
}
