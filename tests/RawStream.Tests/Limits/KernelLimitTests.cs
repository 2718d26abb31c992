using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Limits;

/// <summary>The limits that the kernel has a part in, over sockets.</summary>
[Platform("Linux")]
[Parallelizable] // It waits more than it works.
public sealed class KernelLimitTests
{
    /// <summary>Over loopback a connection is made, or is not, before connect returns.</summary>
    [TestCase(1)]
    [TestCase(10)]
    public void Backlog(int backlog)
    {
        var listening = ListeningSocket.Bind(new IPEndPoint(IPAddress.Loopback, 0), new HttpLimits { Backlog = backlog }, new HttpTimeouts());
        var clients = new List<Socket>();
        try
        {
            for (var i = 0; i < backlog + 5; i++) clients.Add(StartConnecting(listening.EndPoint));

            Assert.That(clients.Count(client => client.Poll(0, SelectMode.SelectWrite)), Is.EqualTo(backlog + 1), "Linux takes one more");
        }
        finally
        {
            foreach (var client in clients) client.Dispose();
            listening.Close();
        }
    }

    /// <summary>A client that reads nothing costs the machine no more, however large a send buffer may become.</summary>
    [TestCase(16 * 1024)]
    [TestCase(1024 * 1024)]
    public async Task UnsentBytes(int bytes)
    {
        const int piece = 16 * 1024;
        const int others = 192 * 1024; // The server's own buffer, the client's window, and the packet that crosses the bound.
        var limits = new HttpLimits { UnsentBytes = bytes };
        var written = 0;
        var ended = new Signal();
        await using var server = new TestServer(limits, new HttpTimeouts { Write = TimeSpan.FromSeconds(0.5) });
        server.Http.Map("GET /", async (request, response) =>
        {
            request.Aborted.UnsafeRegister(_ => ended.Set(), null);
            while (true)
            {
                await response.WriteAsync(new byte[piece]);
                written += piece;
            }
        });
        await server.StartAsync();
        var client = await server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Http.Port), window: 4096);

        await client.AskAsync("/");
        await ended.WaitAsync();
        await server.UntilIdleAsync();

        Assert.That(written, Is.InRange(bytes, bytes + others));
    }

    /// <summary>In real time, since the kernel's timers have a part in it: both clients take about a megabyte a second, and one route asks for more.</summary>
    [Test]
    public async Task WriteBytesPerSecond()
    {
        var aborted = new Signal();
        await using var server = new TestServer(timeouts: new HttpTimeouts { Write = TimeSpan.FromSeconds(0.75) });
        server.Http.Map("GET /usual", (request, response) => WriteForEverAsync(response));
        server.Http.Map("GET /fast", (request, response) =>
        {
            response.WriteBytesPerSecond = 100_000_000;
            request.Aborted.UnsafeRegister(_ => aborted.Set(), null);
            return WriteForEverAsync(response);
        });
        await server.StartAsync();

        var usual = await OpenAsync(server, "/usual");
        var fast = await OpenAsync(server, "/fast");
        var begun = Environment.TickCount64;
        while (Environment.TickCount64 < begun + (aborted.HasCome ? 2000 : 10_000))
        {
            await TakeAsync(usual);
            if (!aborted.HasCome) await TakeAsync(fast, aborted);
            await Task.Delay(50);
        }

        Assert.That(aborted.HasCome, "the one that is too slow for its route is cut");
        Assert.That(server.Http.Metrics.RunningHandlers, Is.EqualTo(1), "the usual one goes on");
    }

    /// <summary>It has read, and pauses for as long as another one that has not is given: its kernel takes nothing either, since its buffer is full.</summary>
    [Test]
    public async Task Write_spares_a_peer_that_reads_now_and_then()
    {
        var aborted = new Signal();
        await using var server = new TestServer(timeouts: new HttpTimeouts { Write = TimeSpan.FromSeconds(0.5) });
        server.Http.Map("GET /", (request, response) => WriteForEverAsync(response));
        server.Http.Map("GET /deaf", (request, response) =>
        {
            request.Aborted.UnsafeRegister(_ => aborted.Set(), null);
            return WriteForEverAsync(response);
        });
        var client = await server.ConnectTcpAsync();
        await client.AskAsync("/");
        for (var read = 0; read < 1_000_000;) read += (await client.ReadTextAsync(64 * 1024)).Length;

        await (await server.ConnectTcpAsync()).AskAsync("/deaf");
        await aborted.WaitAsync();
        await Patience.UntilAsync(() => server.Http.Metrics.RunningHandlers < 2, "the other one has ended");

        Assert.That(server.Http.Metrics.RunningHandlers, Is.EqualTo(1));
        Assert.That(await client.ReadTextAsync(64 * 1024), Is.Not.Empty);
    }

    /// <summary>
    /// In real time, for three times as long as it may owe an answer. One takes nothing at all, and is asked ever less often; for the kernel the window of the other one counts as closed until a whole packet fits.
    /// </summary>
    [TestCase(0)]
    [TestCase(1024)]
    public async Task VanishedPeer_spares_a_peer_that_takes_little_or_nothing(int bytes)
    {
        await using var server = new TestServer(timeouts: new HttpTimeouts { VanishedPeer = TimeSpan.FromSeconds(2), Write = Timeout.InfiniteTimeSpan });
        server.Http.Map("GET /", (request, response) => WriteForEverAsync(response));
        await server.StartAsync();
        var client = await server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Http.Port), window: 4096);
        await client.AskAsync("/");

        for (var begun = Environment.TickCount64; Environment.TickCount64 < begun + 3000;)
        {
            if (bytes > 0) await client.ReadTextAsync(bytes);
            await Task.Delay(200);
        }

        Assert.That(server.Http.Metrics.RunningHandlers, Is.EqualTo(1));
    }

    private static async ValueTask WriteForEverAsync(ResponseWriter response)
    {
        while (true) await response.WriteAsync(new byte[16 * 1024]);
    }

    private static async Task<TestClient> OpenAsync(TestServer server, string target)
    {
        var client = await server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Http.Port), window: 64 * 1024);
        await client.AskAsync(target);
        return client;
    }

    private static async Task TakeAsync(TestClient client, Signal? aborted = null)
    {
        try
        {
            await client.ReadTextAsync(64 * 1024);
        }
        catch (IOException) when (aborted is not null)
        {
            await aborted.WaitAsync(); // It was cut.
        }
    }

    private static Socket StartConnecting(EndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            socket.Connect(endPoint);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
        {
            // It is told later.
        }
        return socket;
    }
}
