using System.Buffers;
using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>What a connection holds while it waits for its next request. One megabyte each would be far above the bound.</summary>
[TestFixture]
public sealed class IdleMemoryTests
{
    private const int Connections = 32;
    private const int Large = 900_000;
    private const long Bound = Connections * Large / 3; // Pooled arrays are not the connections', and are few.

    [Test]
    public async Task A_large_response_that_was_buffered_does_not_stay()
    {
        await using var site = new Site(async (request, response) =>
        {
            response.Body.Write(new byte[request.Path == "/large" ? Large : 1]);
            await response.FlushAsync();
        });

        Assert.That(await GrowthAsync(site, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"), Is.LessThan(Bound));
    }

    [Test]
    public async Task A_large_head_does_not_stay()
    {
        var limits = new HttpLimits { HeaderBytes = 1024 * 1024 };
        await using var site = new Site((request, response) => response.WriteAsync("x"), limits: limits);

        Assert.That(await GrowthAsync(site, $"GET / HTTP/1.1\r\nHost: x\r\nX: {new string('a', Large)}\r\n\r\n"), Is.LessThan(Bound));
    }

    /// <summary>What connections hold more after a large request than after a small one.</summary>
    private static async Task<long> GrowthAsync(Site site, string large)
    {
        var peers = Enumerable.Range(0, Connections).Select(_ => site.Connect()).ToArray();
        foreach (var peer in peers) await AskAsync(peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await AskAsync(peers[0], large);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var peer in peers) await AskAsync(peer, large);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var peer in peers) await peer.DisposeAsync();
        return after - before;
    }

    private static async Task AskAsync(Peer peer, string request)
    {
        await peer.SendAsync(request);
        await peer.ReadUntilAsync("\r\n0\r\n\r\n");
        peer.Forget();
    }
}
