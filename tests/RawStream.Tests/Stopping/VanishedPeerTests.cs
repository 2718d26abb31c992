using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;
using RawStream.Tests.Events;
using RawStream.Tests.Support;
using RawStream.Tests.WebSockets;

namespace RawStream.Tests.Stopping;

/// <summary>Peers that go without a word: a machine that lost its power, a cable that was pulled. Nothing else ends these connections: all other timeouts are off.</summary>
[Platform("Linux")]
[Parallelizable] // It waits more than it works.
public sealed class VanishedPeerTests
{
    private static readonly TimeSpan Off = Timeout.InfiniteTimeSpan;

    // Requests, and what has come when the peer vanishes.
    private static readonly (string Kind, string Request, string Until)[] Kinds =
    [
        ("a stream that writes", Get("/ticks?ms=100"), "tick"),
        ("a stream that writes now and then", Get("/slow"), "tick"),
        ("a silent stream", Get("/silent"), "\r\n\r\n"),
        ("a stream that is not read", Get("/endless"), "chunk"),
        ("a subscription", Get("/news"), "\r\n\r\n"),
        ("an idle connection", Get("/"), "fine"),
        ("a body that does not come to its end", "POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n", "100 Continue\r\n\r\n"),
        ("a WebSocket", $"GET /ws HTTP/1.1\r\nHost: test\r\n{RawSocket.Fields}\r\n", "\r\n\r\n"),
    ];

    /// <summary>RAWSTREAM_VANISHED_SECONDS says another time than 4 s.</summary>
    [Test]
    public async Task Their_connections_are_gone_in_time()
    {
        var time = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("RAWSTREAM_VANISHED_SECONDS") is { Length: > 0 } seconds ? int.Parse(seconds, CultureInfo.InvariantCulture) : 4);
        await using var server = NewServer(time);
        await server.StartAsync();
        var slack = TimeSpan.FromSeconds(2); // For a machine that is busy with other tests.

        var peers = new List<DeafPeer>();
        foreach (var (_, request, until) in Kinds) peers.Add(await DeafPeer.ConnectAsync(server.Http.Port, request, until, window: 4096));
        var start = Stopwatch.GetTimestamp();
        foreach (var peer in peers) peer.Vanish();
        var open = peers.Count;
        while (open > 0 && Stopwatch.GetElapsedTime(start) < time + slack)
        {
            await Task.Delay(10);
            var now = server.Http.Metrics.OpenConnections;
            if (now == open) continue;
            open = now;
            await TestContext.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s: {open} are left"));
        }
        foreach (var peer in peers) peer.Dispose();

        Assert.That(server.Http.Metrics, Has.Property("OpenConnections").Zero.And.Property("RunningHandlers").Zero);
        server.Log.AssertQuiet();
    }

    /// <summary>With a real link, in a network of its own.</summary>
    [Test]
    public async Task A_link_that_is_dropped()
    {
        using var network = await Network.TryCreateAsync();
        if (network is null) Assert.Ignore("This needs root and ip(8), for a network namespace and a link.");
        await using var server = NewServer(TimeSpan.FromSeconds(2), host: Network.ServerAddress);
        await server.StartAsync();
        using var ticks = network.Start($"exec 3<>/dev/tcp/{Network.ServerAddress}/{server.Http.Port}; printf 'GET /ticks HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' >&3; exec cat <&3 >/dev/null");
        using var silence = network.Start($"exec 3<>/dev/tcp/{Network.ServerAddress}/{server.Http.Port}; printf 'GET /silent HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' >&3; exec cat <&3 >/dev/null");
        await Patience.UntilAsync(() => server.Http.Metrics.RunningHandlers == 2, "both streams are open");

        await network.DropAsync();

        await Patience.UntilAsync(() => server.Http.Metrics is { RunningHandlers: 0, OpenConnections: 0 }, "both have ended");
        Assert.That(ticks.HasExited || silence.HasExited, Is.False, "the clients know nothing of it");
    }

    private static string Get(string target) => $"GET {target} HTTP/1.1\r\nHost: test\r\n\r\n";

    private static TestServer NewServer(TimeSpan vanishedPeer, string host = "localhost")
    {
        var timeouts = new HttpTimeouts
        {
            VanishedPeer = vanishedPeer, Head = Off, KeepAlive = Off, BodyGrace = Off, Write = Off, Linger = Off,
        };
        var server = new TestServer(timeouts: timeouts, host: host);
        var slow = TimeSpan.FromSeconds(vanishedPeer.TotalSeconds * 0.4); // Just before the last probe.
        server.Http
            .Map("GET /", _ => "fine")
            .Map("GET /ticks", _ => Response.Every(TimeSpan.FromMilliseconds(100), _ => "tick\n"))
            .Map("GET /endless", (request, response) => WriteForEverAsync(response))
            .Map("GET /slow", _ => Response.Stream(Slow(slow)))
            .Map("GET /silent", _ => Response.Stream(new Feed<string>()))
            .Map("GET /news", _ => Response.Events(new Broadcast<string>().Subscribe(), new EventStreamOptions { Heartbeat = Off }))
            .Map("POST /body", async request => await request.ReadTextAsync())
            .Map("GET /ws", _ => Response.WebSocket(Echoes.EchoAsync, new WebSocketOptions { PingInterval = Off, IdleTimeout = Off }));
        return server;
    }

    private static async ValueTask WriteForEverAsync(ResponseWriter response)
    {
        while (true) await response.WriteAsync("chunk"u8.ToArray());
    }

    private static async IAsyncEnumerable<string> Slow(TimeSpan period, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken left = default)
    {
        yield return "tick\n";
        await foreach (var now in Ticker.Every(period, left)) yield return "tick\n";
    }
}
