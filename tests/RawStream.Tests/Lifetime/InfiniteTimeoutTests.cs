using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>Timeouts that are turned off: an hour passes, and nothing happens.</summary>
[TestFixture]
public sealed class InfiniteTimeoutTests
{
    private const int MoreThanTheWindow = 300_000;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static HttpTimeouts Off => new()
    {
        Head = Timeout.InfiniteTimeSpan,
        KeepAlive = Timeout.InfiniteTimeSpan,
        BodyGrace = Timeout.InfiniteTimeSpan,
        Write = Timeout.InfiniteTimeSpan,
        Linger = Timeout.InfiniteTimeSpan,
        VanishedPeer = Timeout.InfiniteTimeSpan,
        Drain = Timeout.InfiniteTimeSpan,
        AbortGrace = Timeout.InfiniteTimeSpan,
    };

    [Test]
    public async Task A_server_starts_and_serves_without_timeouts()
    {
        await using var site = new Site((request, response) => response.WriteAsync("ok"), Off);
        await using var peer = await site.ConnectAsync(Way.Tcp);

        await peer.GetAsync("/");

        Assert.That(await peer.ReadUntilAsync("ok\r\n0\r\n\r\n"), Does.StartWith("HTTP/1.1 200 "));
    }

    [Test]
    public async Task A_body_may_pause_for_an_hour()
    {
        await using var site = new Site(async (request, response) => await response.WriteAsync(await request.ReadBytesAsync()), Off);
        await using var peer = site.Connect();

        await peer.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
        site.Clock.Advance(Hour);
        await peer.SendAsync("hello");

        Assert.That(await peer.ReadUntilAsync("\r\n0\r\n\r\n"), Does.StartWith("HTTP/1.1 200 ").And.Contain("hello"));
    }

    [Test]
    public async Task A_head_may_pause_for_an_hour_and_so_may_the_time_before_it()
    {
        await using var site = new Site((request, response) => response.WriteAsync("ok"), Off);
        await using var peer = site.Connect();

        site.Clock.Advance(Hour);
        await peer.SendAsync("GET / HT");
        site.Clock.Advance(Hour);
        await peer.SendAsync("TP/1.1\r\nHost: x\r\n\r\n");

        Assert.That(await peer.ReadUntilAsync("\r\n0\r\n\r\n"), Does.StartWith("HTTP/1.1 200 "));
    }

    [Test]
    public async Task A_write_may_stall_for_an_hour_by_default_or_by_the_handlers_wish([Values] bool byDefault)
    {
        var readBack = Site.Signal<TimeSpan>();
        await using var site = new Site(
            async (request, response) =>
            {
                if (!byDefault) response.WriteTimeout = Timeout.InfiniteTimeSpan;
                readBack.SetResult(response.WriteTimeout);
                await response.WriteAsync(new byte[MoreThanTheWindow]);
            },
            byDefault ? Off : null);
        await using var peer = site.Connect();

        await peer.GetAsync("/");
        Assert.That(await readBack.Task.WaitAsync(Site.Patience), Is.EqualTo(Timeout.InfiniteTimeSpan));
        site.Clock.Advance(Hour);

        Assert.That(await peer.ReadUntilAsync("\r\n0\r\n\r\n"), Has.Length.GreaterThan(MoreThanTheWindow));
    }

    [Test]
    public async Task A_drain_waits_for_an_hour()
    {
        var handling = Site.Signal<CancellationToken>();
        var release = Site.Signal();
        await using var site = new Site(
            async (request, response) =>
            {
                handling.SetResult(request.Aborted);
                await release.Task;
                await response.WriteAsync("done");
            },
            Off);
        await using var idle = site.Connect();
        await using var busy = site.Connect();

        await busy.GetAsync("/");
        var aborted = await handling.Task.WaitAsync(Site.Patience);
        var stopping = site.Server.StopAsync();
        await idle.ReadToEndAsync(); // Now it is draining.
        site.Clock.Advance(Hour);
        Assert.That(stopping.IsCompleted || aborted.IsCancellationRequested, Is.False);

        release.SetResult();
        Assert.That(await busy.ReadToEndAsync(), Does.EndWith("done\r\n0\r\n\r\n"));
        busy.CompleteWrites();
        await stopping.WaitAsync(Site.Patience);
        site.Log.AssertQuiet(LogLevel.Warning);
    }
}
