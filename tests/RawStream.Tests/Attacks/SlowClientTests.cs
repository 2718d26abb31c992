using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Attacks;

/// <summary>Many clients that are as slow as they dare, over sockets and in real time. (Each deadline by itself: Server/TimeoutTests, on a clock that stands still.)</summary>
[NonParallelizable] // It opens many sockets, and measures time.
public sealed class SlowClientTests
{
    private const int Many = 200;

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1), Slack = TimeSpan.FromSeconds(2);

    [Test]
    public async Task Slow_heads_and_slow_bodies_are_gone_in_time_and_harm_nobody()
    {
        await using var server = new TestServer(timeouts: new HttpTimeouts { Head = Short, BodyGrace = Short, Linger = TimeSpan.FromSeconds(0.5) });
        Healthy.Map(server);
        server.Http.Map("POST /", async request => await request.ReadTextAsync());
        await server.StartAsync();
        await using var healthy = await Healthy.StartAsync(server);

        var slow = new List<Socket>();
        for (var i = 0; i < Many; i++)
        {
            slow.Add(await ConnectAsync(server, "GET /healthy HTTP/1.1\r\nX"));
            slow.Add(await ConnectAsync(server, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n"));
        }
        var opened = Environment.TickCount64;
        var answers = Task.WhenAll(slow.Select(ReadToEndAsync));
        while (!answers.IsCompleted)
        {
            foreach (var socket in slow) await TryDripAsync(socket);
            await Task.WhenAny(answers, Task.Delay(100));
        }
        await Patience.UntilAsync(() => server.Http.Metrics.OpenConnections == 2, "only the healthy ones are left");
        var took = TimeSpan.FromMilliseconds(Environment.TickCount64 - opened);

        Assert.That(await answers, Has.All.StartsWith("HTTP/1.1 408 "));
        Assert.That(took, Is.LessThan(Short + Slack));
        server.Log.AssertQuiet(LogLevel.Warning);
        foreach (var socket in slow) socket.Dispose();
    }

    /// <summary>Their windows close, and stay closed. What waits for them is bounded, and so is their time.</summary>
    [Test]
    public async Task Clients_that_read_nothing_are_cut_in_time_and_harm_nobody()
    {
        const int zeroWindows = 30;
        var most = 0;
        await using var server = new TestServer(timeouts: new HttpTimeouts { Write = Short });
        Healthy.Map(server);
        server.Http.Map("GET /endless", async (request, response) =>
        {
            while (true)
            {
                var write = response.WriteAsync(new byte[10_000]);
                InterlockedMax(ref most, response.Health.QueuedBytes);
                await write;
            }
        });
        await server.StartAsync();
        await using var healthy = await Healthy.StartAsync(server);

        var opened = Environment.TickCount64;
        var greedy = new List<Socket>();
        for (var i = 0; i < zeroWindows; i++) greedy.Add(await ConnectAsync(server, "GET /endless HTTP/1.1\r\nHost: test\r\n\r\n"));
        await Patience.UntilAsync(() => server.Http.Metrics.OpenConnections == zeroWindows + 2, "all are there");
        await Patience.UntilAsync(() => server.Http.Metrics.OpenConnections == 2, "only the healthy ones are left");
        var took = TimeSpan.FromMilliseconds(Environment.TickCount64 - opened);

        Assert.That(took, Is.LessThan(Short + Slack));
        Assert.That(most, Is.InRange(10_000, 64 * 1024));
        Assert.That(server.Log.Lines.Count(line => line.Text.Contains("a write made no progress", StringComparison.Ordinal)), Is.EqualTo(zeroWindows));
        server.Log.AssertQuiet(LogLevel.Warning);
        foreach (var socket in greedy) socket.Dispose();
    }

    private static async Task<Socket> ConnectAsync(TestServer server, string begin)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(IPAddress.Loopback, server.Http.Port).Within();
        await socket.SendAsync(Encoding.ASCII.GetBytes(begin)).Within();
        return socket;
    }

    /// <summary>One byte more, as long as anybody wants it.</summary>
    private static async Task TryDripAsync(Socket socket)
    {
        try
        {
            await socket.SendAsync("x"u8.ToArray()).Within();
        }
        catch (SocketException)
        {
            // It is gone.
        }
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        var buffer = new byte[1000];
        var count = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(count)).Within();
            if (received == 0) return Encoding.ASCII.GetString(buffer, 0, count);
            count += received;
        }
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value;)
        {
            var before = Interlocked.CompareExchange(ref most, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }
}
