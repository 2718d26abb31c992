using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>The limits of <see cref="HttpLimits"/> are crossed, and met. (That none is forgotten, and their ranges: Limits/LimitTableTests.)</summary>
public sealed class LimitTests
{
    private const int MemoryWindow = 64 * 1024; // What a connection in memory holds, as a kernel does.

    [TestCase(100, 200)]
    [TestCase(101, 414)]
    public async Task RequestLineBytes(int bytes, int status)
    {
        await using var server = NewServer(new HttpLimits { RequestLineBytes = 100 });

        Assert.That((await server.GetAsync("/" + new string('a', bytes - "GET / HTTP/1.1".Length))).Status, Is.EqualTo(status));
    }

    [TestCase(200, 200)]
    [TestCase(201, 431)]
    public async Task HeaderBytes(int bytes, int status)
    {
        await using var server = NewServer(new HttpLimits { HeaderBytes = 200 });
        var value = new string('a', bytes - "Host: test\r\nX: \r\n".Length);

        Assert.That((await server.GetAsync("/", $"X: {value}\r\n")).Status, Is.EqualTo(status));
    }

    [TestCase(5, 200)]
    [TestCase(6, 431)]
    public async Task HeaderFields(int fields, int status)
    {
        await using var server = NewServer(new HttpLimits { HeaderFields = 5 });

        Assert.That((await server.GetAsync("/", string.Concat(Enumerable.Repeat("X: 1\r\n", fields - 1)))).Status, Is.EqualTo(status)); // And Host.
    }

    [TestCase(5, 200)]
    [TestCase(6, 431)]
    public async Task HeaderFields_of_trailers(int fields, int status)
    {
        await using var server = NewServer(new HttpLimits { HeaderFields = 5 });
        var trailers = string.Concat(Enumerable.Repeat("X: 1\r\n", fields));

        Assert.That((await SendAsync(server, $"Transfer-Encoding: chunked\r\n\r\n0\r\n{trailers}\r\n")).Status, Is.EqualTo(status));
    }

    [TestCase(200, 200)]
    [TestCase(201, 431)]
    public async Task HeaderBytes_of_trailers(int bytes, int status)
    {
        await using var server = NewServer(new HttpLimits { HeaderBytes = 200 });
        var value = new string('a', bytes - "X: \r\n".Length);

        Assert.That((await SendAsync(server, $"Transfer-Encoding: chunked\r\n\r\n0\r\nX: {value}\r\n\r\n")).Status, Is.EqualTo(status));
    }

    [TestCase(16, 200)]
    [TestCase(17, 400)]
    public async Task ChunkSizeLineBytes(int bytes, int status)
    {
        await using var server = NewServer(new HttpLimits { ChunkSizeLineBytes = 16 });
        var line = "5;x=".PadRight(bytes, 'a');

        Assert.That((await SendAsync(server, $"Transfer-Encoding: chunked\r\n\r\n{line}\r\nhello\r\n0\r\n\r\n")).Status, Is.EqualTo(status));
    }

    [TestCase("Content-Length: 10\r\n\r\n0123456789", 200)]
    [TestCase("Content-Length: 11\r\n\r\n", 413)]
    [TestCase("Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n", 200)]
    [TestCase("Transfer-Encoding: chunked\r\n\r\nb\r\n", 413)]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n6\r\n", 413)]
    public async Task BodyBytes(string fieldsAndBody, int status)
    {
        await using var server = NewServer(new HttpLimits { BodyBytes = 10 });

        Assert.That((await SendAsync(server, fieldsAndBody)).Status, Is.EqualTo(status));
    }

    [TestCase("Content-Length: 10\r\n\r\n0123456789", true)]
    [TestCase("Content-Length: 11\r\n\r\n0123456789a", false)]
    [TestCase("Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n", true)]
    [TestCase("Transfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n", false)]
    public async Task UnreadBodyBytes(string fieldsAndBody, bool goesOn)
    {
        await using var server = new TestServer(new HttpLimits { UnreadBodyBytes = 10 });
        server.Http.Map("POST /", _ => "unread");
        server.Http.Map("GET /", _ => "next");
        var client = server.Connect();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: test\r\n{fieldsAndBody}");
        var first = await client.ReadReplyAsync();
        await client.AskAsync("/");
        var rest = goesOn ? (await client.ReadReplyAsync()).Text : await client.ReadToEndAsync();

        Assert.That(first.Text, Is.EqualTo("unread"), "it is answered all the same");
        Assert.That(rest, Is.EqualTo(goesOn ? "next" : ""));
        server.Log.AssertQuiet();
    }

    [Test]
    public async Task LingerBytes()
    {
        await using var server = NewServer(new HttpLimits { LingerBytes = 1000 });
        var client = server.Connect();

        await client.SendAsync("nonsense\r\n");
        var reply = await client.ReadReplyAsync();
        await client.SendAsync(new byte[900]); // Thrown away.
        await client.SendAsync(new byte[100]);

        Assert.That(reply.Status, Is.EqualTo(400));
        await server.UntilIdleAsync();
        await Assert.ThatAsync(() => client.SendAsync(new byte[1]), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task ResponseBufferBytes([Values(4096, 64 * 1024, 1024 * 1024)] int limit)
    {
        const int chunk = 1000;
        var written = 0;
        var waits = new Signal();
        await using var server = new TestServer(new HttpLimits { ResponseBufferBytes = limit });
        server.Http.Map("GET /", async (request, response) =>
        {
            var write = Task.CompletedTask;
            while (write.IsCompleted)
            {
                write = response.WriteAsync(new byte[chunk]).AsTask();
                written += chunk;
            }
            waits.Set();
            await write;
        });
        var client = server.Connect();

        await client.AskAsync("/");
        await waits.WaitAsync();

        Assert.That(written, Is.InRange(limit - limit / 2, MemoryWindow + limit));
        Assert.That((await client.ReadReplyAsync()).Text, Has.Length.EqualTo(written), "it goes on when the client reads");
    }

    [Test]
    public async Task ReadAheadBytes([Values(4096, 64 * 1024, 1024 * 1024)] int limit)
    {
        const int piece = 1000;
        var aborted = new Signal();
        await using var server = new TestServer(new HttpLimits { ReadAheadBytes = limit });
        server.Http.Map("POST /", async (request, response) =>
        {
            await Signal.Of(request.Aborted);
            aborted.Set();
        });
        var client = server.Connect();
        await client.AskAsync("/", "POST", "Content-Length: 100000000\r\n");

        var sent = 0;
        while (client.StartSend(new byte[piece]).AsTask().IsCompleted) sent += piece;
        client.Abort();

        Assert.That(sent, Is.InRange(limit, 2 * limit + MemoryWindow));
    }

    [Test]
    public async Task Connections()
    {
        await using var server = NewServer(new HttpLimits { Connections = 1 });
        var first = await server.ConnectTcpAsync();
        await first.GetAsync("/");

        Assert.That((await (await server.ConnectTcpAsync()).ReadReplyAsync()).Status, Is.EqualTo(503));
    }

    private static TestServer NewServer(HttpLimits limits)
    {
        var server = new TestServer(limits);
        server.Http.Map("GET /{*path}", _ => "fine");
        server.Http.Map("POST /body", async request => await request.ReadTextAsync());
        return server;
    }

    private static async Task<Reply> SendAsync(TestServer server, string fieldsAndBody)
    {
        var client = server.Connect();
        await client.SendAsync($"POST /body HTTP/1.1\r\nHost: test\r\n{fieldsAndBody}");
        return await client.ReadReplyAsync();
    }
}
