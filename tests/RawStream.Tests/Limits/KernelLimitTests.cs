using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Limits;

/// <summary>The limits that the kernel has a part in, over sockets.</summary>
[Platform("Linux")]
public sealed class KernelLimitTests
{
    /// <summary>Over loopback a connection is made, or is not, before connect returns.</summary>
    [TestCase(1)]
    [TestCase(10)]
    public void Backlog(int backlog)
    {
        var listening = ListeningSocket.Bind(new IPEndPoint(IPAddress.Loopback, 0), backlog, TimeSpan.FromSeconds(20));
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

    /// <summary>The client takes 96 KiB a second, which the kernel acknowledges; its handler cannot go on before a megabyte or so is free.</summary>
    [TestCase(240, false, ExpectedResult = true)]
    [TestCase(10_000_000, false, ExpectedResult = false)]
    [TestCase(10_000_000, true, ExpectedResult = false)]
    public async Task<bool> WriteBytesPerSecond(int bytesPerSecond, bool setByHandler)
    {
        const int taken = 96 * 1024;
        var aborted = new Signal();
        var waits = false;
        var time = new ManualTime();
        await using var server = new TestServer(timeouts: new HttpTimeouts { Write = TimeSpan.FromSeconds(3), WriteBytesPerSecond = setByHandler ? 240 : bytesPerSecond }, time: time);
        server.Http.Map("GET /", async (request, response) =>
        {
            if (setByHandler) response.WriteBytesPerSecond = bytesPerSecond;
            request.Aborted.UnsafeRegister(_ => aborted.Set(), null);
            while (true)
            {
                var write = response.WriteAsync(new byte[16 * 1024]).AsTask();
                Volatile.Write(ref waits, !write.IsCompleted);
                await write;
            }
        });
        await server.StartAsync();
        var client = await server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Http.Port), window: 512 * 1024);
        await client.AskAsync("/");

        for (var i = 0; i < 60 && !aborted.HasCome; i++)
        {
            await Patience.UntilAsync(() => Volatile.Read(ref waits), "the handler waits");
            time.AdvanceSeconds(1);
            await TakeAsync(client, taken, aborted);
        }

        return !aborted.HasCome;
    }

    /// <summary>It acknowledges what it is asked, and takes nothing; the write timeout is off.</summary>
    [Test]
    public async Task VanishedPeer_ends_a_peer_whose_window_stays_closed()
    {
        var aborted = new Signal();
        await using var server = new TestServer(timeouts: new HttpTimeouts { VanishedPeer = TimeSpan.FromSeconds(1), Write = Timeout.InfiniteTimeSpan });
        server.Http.Map("GET /", async (request, response) =>
        {
            request.Aborted.UnsafeRegister(_ => aborted.Set(), null);
            while (true) await response.WriteAsync(new byte[16 * 1024]);
        });
        await server.StartAsync();
        var client = await server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Http.Port), window: 4096);

        await client.AskAsync("/");

        await aborted.WaitAsync();
        await server.UntilIdleAsync();
        server.Log.AssertQuiet();
    }

    private static async Task TakeAsync(TestClient client, int bytes, Signal aborted)
    {
        try
        {
            await client.ReadTextAsync(bytes);
        }
        catch (IOException)
        {
            await aborted.WaitAsync(); // It is cut.
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
