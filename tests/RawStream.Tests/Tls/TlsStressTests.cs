using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Text;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Tls;

/// <summary>Clients that are slow, rude or split their bytes in odd places. All that is random has a seed.</summary>
[NonParallelizable] // It counts what belongs to the whole process.
public sealed class TlsStressTests
{
    public enum Half { None, CloseNotify, Fin }

    [Test]
    public async Task A_slow_client_gets_every_byte_of_the_last_response([Values] Half half)
    {
        await using var server = NewServer();
        var body = new byte[6_000_000];
        new Random(1).NextBytes(body);
        server.Http.Map("GET /", async (_, response) =>
        {
            for (var at = 0; at < body.Length; at += 50_000) await response.WriteAsync(body.AsMemory(at, 50_000));
        });
        var client = await server.ConnectTlsAsync();
        await client.AskAsync("/", fields: half == Half.None ? "Connection: close\r\n" : "");
        if (half == Half.CloseNotify) await client.Tls.ShutdownAsync().Within();
        if (half == Half.Fin) client.Finish();
        client.ReadAtMost(5000);

        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Text == Encoding.Latin1.GetString(body));
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
        await client.DisposeAsync();
        await server.UntilIdleAsync();
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [TestCase(SslProtocols.Tls12)]
    [TestCase(SslProtocols.Tls13)]
    public async Task A_client_may_leave_after_any_byte_of_the_handshake(SslProtocols version)
    {
        await using var server = NewServer();
        server.Http.Map("GET /", request => "Hello");
        await server.StartAsync();
        var whole = 0;
        for (var length = 1; whole < 3; length += 11)
        {
            var socket = await ConnectAsync(server);
            await using var tls = new SslStream(new OddStream(socket) { Ends = length, Resets = length % 2 == 0 });
            try
            {
                await AskAsync(tls, version);
                whole++;
            }
            catch (Exception e) when (e is IOException or AuthenticationException or SocketException)
            {
                // As it is meant.
            }
        }

        await server.UntilIdleAsync();
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [TestCase(SslProtocols.Tls12, true)]
    [TestCase(SslProtocols.Tls13, true)]
    [TestCase(SslProtocols.Tls12, false)]
    [TestCase(SslProtocols.Tls13, false)]
    public async Task A_handshake_may_come_byte_by_byte_or_with_the_request(SslProtocols version, bool split)
    {
        await using var server = NewServer();
        server.Http.Map("GET /", request => "Hello");
        await server.StartAsync();
        var socket = await ConnectAsync(server);
        await using var tls = new SslStream(new OddStream(socket) { Splits = split, Joins = !split && version == SslProtocols.Tls13 });

        Assert.That(await AskAsync(tls, version), Does.EndWith("Hello"));
    }

    [Test]
    public async Task Many_streams_whose_clients_leave_at_any_time_leave_nothing_behind([Values(1, 2, 3)] int seed)
    {
        await using var server = NewServer();
        server.Http.Map("GET /", async (_, response) =>
        {
            var piece = new byte[30_000];
            for (var i = 0; i < 100; i++) await response.WriteAsync(piece.AsMemory(0, (i * 7919 % piece.Length) + 1));
        });
        server.Http.Map("POST /", async (request, response) =>
        {
            while (await request.Body.ReadAsync() is { Buffer.IsEmpty: false } read)
            {
                await response.WriteAsync(read.Buffer.First);
                request.Body.AdvanceTo(read.Buffer.GetPosition(read.Buffer.First.Length));
            }
        });
        await server.StartAsync();
        var random = new Random(seed);
        var clients = Enumerable.Range(0, 100).Select(_ => LeaveAsync(server, new Random(random.Next()))).ToArray();

        var received = await Task.WhenAll(clients).WaitAsync(3 * Patience.Limit);

        Assert.That(received, Has.Some.GreaterThan(0));
        await server.UntilIdleAsync();
        server.Log.AssertQuiet(LogLevel.Error);
    }

    [Test]
    public async Task A_server_that_stops_at_once_ends_every_stream()
    {
        await using var server = NewServer();
        server.Http.Map("GET /", async (_, response) =>
        {
            while (true) await response.WriteAsync(new byte[20_000]);
        });
        var clients = new List<TestClient>();
        for (var i = 0; i < 30; i++)
        {
            clients.Add(await server.ConnectTlsAsync());
            await clients[i].AskAsync("/");
            if (i % 2 == 0) await clients[i].ReadUntilAsync("\r\n\r\n");
        }

        await server.Http.StopAsync(new CancellationToken(canceled: true)).Within();

        await server.UntilIdleAsync();
        server.Log.AssertQuiet(LogLevel.Error);
    }

    [Test]
    public async Task A_broadcast_does_not_wait_for_a_client_that_takes_nothing()
    {
        await using var server = NewServer();
        var news = new Broadcast<string>();
        server.Http.Map("GET /", _ => Response.Events(news.Subscribe(options: new SubscribeOptions { SlowConsumer = SlowConsumerPolicy.DropOldest })));
        var slow = await server.ConnectTlsAsync();
        var fast = await server.ConnectTlsAsync();
        await slow.AskAsync("/");
        await slow.ReadUntilAsync("\r\n\r\n");
        await fast.AskAsync("/");
        await fast.ReadUntilAsync("\r\n\r\n");

        for (var i = 0; i < 400; i++)
        {
            news.Publish($"event {i} {new string('x', 50_000)} end of {i}.");
            await fast.ReadUntilAsync($"end of {i}.");
        }
        news.Publish("the last");
        while (!(await slow.ReadLineAsync()).Contains("the last", StringComparison.Ordinal)) continue; // Records that are whole, in spite of what was dropped.

        slow.Abort();
        await fast.DisposeAsync();
        await server.UntilIdleAsync();
        Assert.That(news.Subscribers, Is.Zero);
        server.Log.AssertQuiet(LogLevel.Error);
    }

    [Test]
    public async Task A_WebSocket_is_closed_from_either_side([Values] bool byClient)
    {
        await using var server = NewServer();
        server.Http.Map("GET /ws", request => Response.WebSocket(async socket =>
        {
            await socket.SendAsync(new string('x', 1_000_000));
            if (byClient) await foreach (var _ in socket.ReadAllAsync()) Assert.Fail("The client says nothing.");
        }));
        await server.StartAsync();
        using var client = new ClientWebSocket();
        using var handler = new HttpMessageInvoker(new SocketsHttpHandler { SslOptions = TestCertificates.TrustAll() });
        await client.ConnectAsync(new Uri($"wss://localhost:{server.Http.Port}/ws"), handler, CancellationToken.None).Within();
        var length = 0;
        for (var ended = false; !ended;)
        {
            var received = await client.ReceiveAsync(new byte[10_000], CancellationToken.None).Within();
            length += received.Count;
            ended = received.EndOfMessage;
        }

        if (!byClient) await client.ReceiveAsync(new byte[10], CancellationToken.None).Within();
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).Within();

        Assert.That(length, Is.EqualTo(1_000_000));
        Assert.That(client.CloseStatus, Is.EqualTo(WebSocketCloseStatus.NormalClosure));
        await server.UntilIdleAsync();
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task Many_short_connections_leave_nothing_behind()
    {
        await using var server = NewServer();
        server.Http.Map("GET /", request => "Hello");
        await ConnectManyAsync(server, 50);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await ConnectManyAsync(server, 600);

        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.That(grown, Is.LessThan(600 * 2000), "bytes that are held after 600 connections");
    }

    private static async Task ConnectManyAsync(TestServer server, int count)
    {
        await server.StartAsync();
        for (var i = 0; i < count; i++)
        {
            var socket = await ConnectAsync(server);
            await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            Assert.That(await AskAsync(tls, SslProtocols.None), Does.EndWith("Hello"));
        }
        await server.UntilIdleAsync();
    }

    /// <summary>How many bytes it has received.</summary>
    private static async Task<int> LeaveAsync(TestServer server, Random random)
    {
        var received = 0;
        try
        {
            var socket = await ConnectAsync(server);
            await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await tls.AuthenticateAsClientAsync(TestCertificates.TrustAll());
            var sending = Task.CompletedTask;
            if (random.Next(2) == 0)
                await tls.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
            else
                sending = SendAsync(tls, random.Next(1_000_000));
            var room = new byte[random.Next(1, 40_000)];
            for (var left = random.Next(800_000); left > 0;)
            {
                var read = tls.ReadAsync(room).AsTask();
                if (await Task.WhenAny(read, Task.Delay(200)) != read) break; // It has got all that will come.
                var count = await read;
                if (count == 0) break;
                left -= count;
                received += count;
            }
            switch (random.Next(4))
            {
                case 0: socket.Close(0); break;
                case 1: socket.Shutdown(SocketShutdown.Send); break;
                case 2: await socket.SendAsync(new byte[100]); break; // No record begins so.
                default: break;
            }
            socket.Close();
            await sending;
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidOperationException or AuthenticationException)
        {
            // It left while it was being served.
        }
        return received;
    }

    private static async Task SendAsync(SslStream tls, int size)
    {
        await tls.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n"u8.ToArray());
        await tls.WriteAsync(new byte[size]);
    }

    private static async Task<string> AskAsync(SslStream tls, SslProtocols version)
    {
        var options = TestCertificates.TrustAll();
        options.EnabledSslProtocols = version;
        await tls.AuthenticateAsClientAsync(options).Within();
        await tls.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray()).Within();
        using var reader = new StreamReader(tls);
        return await reader.ReadToEndAsync().Within();
    }

    private static async Task<Socket> ConnectAsync(TestServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, server.Http.Port).Within();
        return socket;
    }

    private static TestServer NewServer() => new(https: TestCertificates.Options());

    /// <summary>A socket whose writes go wrong, or are cut in odd places.</summary>
    private sealed class OddStream(Socket socket) : ForwardStream
    {
        private readonly List<byte> _held = [];
        private int _writes;
        private int _left = int.MaxValue;

        /// <summary>After so many bytes it ends.</summary>
        public int Ends
        {
            init => _left = value;
        }

        public bool Resets { get; init; }

        /// <summary>Each byte is sent by itself.</summary>
        public bool Splits { get; init; }

        /// <summary>The second flight of the handshake waits for the request.</summary>
        public bool Joins { get; init; }

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => socket.ReceiveAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _held.AddRange(buffer.Span);
            if (++_writes == 2 && Joins) return;
            var bytes = _held.ToArray();
            _held.Clear();
            var kept = Math.Min(bytes.Length, _left);
            for (var at = 0; at < kept;)
                at += await socket.SendAsync(bytes.AsMemory(at, Splits ? 1 : kept - at), cancellationToken);
            _left -= kept;
            if (_left > 0) return;
            if (Resets) socket.Close(0);
            else socket.Shutdown(SocketShutdown.Send);
            throw new IOException("It ends here.");
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) socket.Dispose();
            base.Dispose(disposing);
        }
    }
}
