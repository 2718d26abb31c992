using System.Text;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Tests.WebSockets;

namespace RawStream.Tests.Attacks;

/// <summary>Clients that send for as long as anybody takes it. What the server takes is bounded by its limits and not by their patience.</summary>
public sealed class FloodTests
{
    private const int Window = 64 * 1024; // What a connection in memory holds in each direction, as a kernel does.

    /// <summary>Its responses pile up: then its requests are not read any more, and at last it has made no progress.</summary>
    [Test]
    public async Task Pipelined_requests_whose_responses_nobody_reads_are_not_taken_for_ever()
    {
        const int size = 1000;
        var handled = 0;
        var time = new ManualTime();
        await using var server = new TestServer(time: time);
        server.Http.Map("GET /", _ =>
        {
            Interlocked.Increment(ref handled);
            return new string('x', size);
        });
        var client = server.Connect();

        var sent = await SendUntilCutAsync(client, Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("GET / HTTP/1.1\r\nHost: test\r\n\r\n", 20))), () => time.AdvanceSeconds(0.25));

        await server.UntilIdleAsync();
        Assert.That(handled, Is.InRange(Window / size, (Window + 2 * 64 * 1024) / size), "what the client's window and the response buffer hold");
        Assert.That(sent, Is.LessThan(10 * Window));
        Assert.That(server.Log.Lines.Select(line => line.Text), Has.Some.Contains("a write made no progress"));
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task And_are_answered_in_order_once_they_are_read()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /{number}", request => $"{request.Route["number"]}:{new string('x', 1000)}");
        var client = server.Connect();

        var sending = client.StartSend(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(i => $"GET /{i} HTTP/1.1\r\nHost: test\r\n\r\n"))));

        for (var i = 0; i < 5000; i++) Assert.That((await client.ReadReplyAsync()).Text, Does.StartWith($"{i}:"));
        await sending.Within();
    }

    [TestCase("GET / HTTP/1.1\r\n", "X: 1\r\n", 431)]
    [TestCase("GET / HTTP/1.1\r\nX: ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 431)]
    [TestCase("GET /", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 414)]
    [TestCase("", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 501)]
    [TestCase("POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: 1\r\n", 431)]
    [TestCase("POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 400)]
    [TestCase("POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "0000000000000000000000000000000000000000000", 400)]
    [TestCase("POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", 413)]
    [TestCase("POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "1;aaaaaaaaaaaaaaa=bbbbbbbbbbbbbbbb\r\na\r\n", 413)]
    [TestCase("POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n", "aaaaaaaaaaaaaaa", 413)]
    [TestCase("POST /unread HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", 200)]
    [TestCase("POST /unread HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "1;aaaaaaaaaaaaaaa=bbbbbbbbbbbbbbbb\r\na\r\n", 200)]
    [TestCase("POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n", "aaaaaaaaaaaaaaaaaaaa", 200)]
    public async Task What_never_ends_is_refused_and_then_not_taken_any_more(string begin, string more, int status)
    {
        var limits = new HttpLimits { BodyBytes = 20_000, UnreadBodyBytes = 5_000, LingerBytes = 200_000, HeaderFields = 1000 };
        await using var server = new TestServer(limits);
        server.Http.Map("POST /read", async request => await request.ReadTextAsync());
        server.Http.Map("POST /unread", _ => "not read");
        var client = server.Connect();
        var reading = client.ReadReplyAsync(); // The client that floods reads, too: what it is told is not lost.

        await client.SendAsync(begin);
        var sent = await SendUntilCutAsync(client, Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(more, 4000 / more.Length))), () => { });

        Assert.That((await reading).Status, Is.EqualTo(status));
        // A body of one byte in each chunk has several bytes of framing for each of its own.
        Assert.That(sent, Is.LessThan(20_000 * more.Length + 200_000 + 2 * Window));
        await server.UntilIdleAsync();
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    /// <summary>Each ping has to be answered: while the client takes no answer, no ping is taken.</summary>
    [Test]
    public async Task Pings_whose_pongs_nobody_reads_are_not_taken_for_ever()
    {
        var time = new ManualTime();
        await using var server = Echoes.Create(time: time);
        var socket = await RawSocket.OpenAsync(server);

        var sent = await SendUntilCutAsync(socket.Client, [.. Enumerable.Repeat(ClientFrame.Ping(new string('x', 125)), 20).SelectMany(ping => ping)], () => time.AdvanceSeconds(0.25));

        await server.UntilIdleAsync();
        Assert.That(sent, Is.LessThan(10 * Window));
        Assert.That(server.Log.Lines.Select(line => line.Text), Has.Some.Contains("a write made no progress"));
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_body_of_one_byte_in_each_chunk_is_the_body_that_it_is([Values("", ";a=b")] string extension)
    {
        const int length = 100_000;
        await using var server = new TestServer();
        server.Http.Map("POST /", async request => $"{(await request.ReadTextAsync()).Count(c => c == 'a')}");
        var client = server.Connect();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
        await client.SendAsync(string.Concat(Enumerable.Repeat($"1{extension}\r\na\r\n", length)) + "0\r\n\r\n");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo($"{length}"));
    }

    /// <summary>A hello of TLS 1.3, and what other protocols begin with.</summary>
    [TestCase("\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00FC\u0003\u0003")]
    [TestCase("\u0080\u002E\u0001\u0003\u0001", Description = "SSL 2.0")]
    [TestCase("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [TestCase("SSH-2.0-OpenSSH_9.6\r\n")]
    [TestCase("\0\0\0\0")]
    [TestCase("\u0003\0\0\u0013\u000E", Description = "RDP")]
    [TestCase("\u0005\u0001\0", Description = "SOCKS")]
    [TestCase("EHLO spam.example\r\n")]
    public async Task Another_protocol_on_a_clear_port_is_refused_at_once(string hello)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => "fine");
        var client = await server.ConnectTcpAsync();

        await client.SendAsync(hello);
        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Status, Is.EqualTo(hello.StartsWith("PRI", StringComparison.Ordinal) ? 505 : 400));
        Assert.That(reply.Closes);
        Assert.That((await (await server.ConnectTcpAsync()).GetAsync("/")).Status, Is.EqualTo(200));
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    /// <summary>How many bytes were taken until the connection was ended. A send that is not taken at once may be taken soon, or never.</summary>
    private static async Task<long> SendUntilCutAsync(TestClient client, byte[] bytes, Action whileItWaits)
    {
        for (long sent = 0; ; sent += bytes.Length)
        {
            Assert.That(sent, Is.LessThan(100_000_000), "it is taken for ever");
            try
            {
                var send = client.StartSend(bytes).AsTask();
                await Patience.UntilAsync(
                    () =>
                    {
                        if (!send.IsCompleted) whileItWaits();
                        return send.IsCompleted;
                    },
                    "it is taken, or the connection is ended");
                await send;
            }
            catch (IOException)
            {
                return sent;
            }
        }
    }
}
