using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>Stopping. Time stands still in all of these: what ends, ends by itself.</summary>
[TestFixture]
public sealed class ShutdownTests
{
    [Test]
    public async Task Handlers_that_block_when_they_are_told_to_stop_do_not_hold_it_beyond_its_token()
    {
        using var release = new ManualResetEventSlim();
        var blocks = Site.Signal();
        await using var site = new Site(async (request, response) =>
        {
            var told = new TaskCompletionSource();
            using var registration = request.Aborted.Register(() => told.TrySetResult());
            await told.Task;
            blocks.TrySetResult();
            release.Wait(2 * Site.Patience);
        });
        var peers = Enumerable.Range(0, 3).Select(_ => site.Connect()).ToArray();
        try
        {
            foreach (var peer in peers) await peer.GetAsync("/");
            await site.Server.StopAsync(new CancellationToken(canceled: true)).WaitAsync(Site.Patience);
            await blocks.Task.WaitAsync(Site.Patience);
        }
        finally
        {
            release.Set();
            foreach (var peer in peers) await peer.DisposeAsync();
        }
    }

    [Test]
    public async Task An_idle_connection_does_not_hold_it_and_is_no_reason_to_warn([Values] Way way)
    {
        await using var site = new Site((request, response) => response.WriteAsync("ok"));
        await using var peer = await site.ConnectAsync(way);
        await peer.GetAsync("/");
        await peer.ReadUntilAsync("\r\n0\r\n\r\n");

        await site.Server.StopAsync().WaitAsync(Site.Patience);
        await peer.ReadToEndAsync();

        Assert.That(peer.WasReset, Is.False);
        site.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task RunAsync_returns_when_somebody_else_stops_the_server()
    {
        await using var site = new Site((request, response) => default);

        var running = site.Server.RunAsync();
        Assert.That(running.IsCompleted, Is.False);
        await site.Server.StopAsync().WaitAsync(Site.Patience);

        await running.WaitAsync(Site.Patience);
    }

    [Test]
    public async Task A_second_stop_heeds_its_own_token()
    {
        var release = Site.Signal();
        await using var site = new Site(async (request, response) => await release.Task);
        await using var peer = site.Connect();
        await peer.GetAsync("/");

        var first = site.Server.StopAsync();
        using var token = new CancellationTokenSource();
        var second = site.Server.StopAsync(token.Token);
        Assert.That(second.IsCompleted, Is.False);
        await token.CancelAsync();

        await second.WaitAsync(Site.Patience);
        await first.WaitAsync(Site.Patience);
        release.SetResult();
    }

    [Test]
    public async Task A_server_that_was_stopped_does_not_start([Values] bool wasStarted)
    {
        await using var site = new Site((request, response) => default);
        if (wasStarted) await site.Server.StartAsync();
        await site.Server.StopAsync().WaitAsync(Site.Patience);

        Assert.That(async () => await site.Server.StartAsync(), Throws.InvalidOperationException);
    }
}
