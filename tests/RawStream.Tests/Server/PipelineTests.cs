using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>Several requests on one connection: answered in their order, each for itself.</summary>
public sealed class PipelineTests
{
    [Test]
    public async Task Pipelined_requests_are_answered_in_their_order()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /{number}", request => request.Route["number"]);
        var client = server.Connect();

        await client.SendAsync(string.Concat(Enumerable.Range(0, 200).Select(i => $"GET /{i} HTTP/1.1\r\nHost: test\r\n\r\n")));

        for (var i = 0; i < 200; i++) Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo($"{i}"));
    }

    [Test]
    public async Task The_second_handler_waits_for_the_first()
    {
        var mayEnd = new Signal();
        var secondBegan = false;
        var firstBegan = new Signal();
        await using var server = new TestServer();
        server.Http.Map("GET /first", async (request, response) =>
        {
            firstBegan.Set();
            await mayEnd.WaitAsync();
            await response.WriteAsync("first");
        });
        server.Http.Map("GET /second", _ =>
        {
            secondBegan = true;
            return "second";
        });
        var client = server.Connect();

        await client.SendAsync("GET /first HTTP/1.1\r\nHost: test\r\n\r\nGET /second HTTP/1.1\r\nHost: test\r\n\r\n");
        await firstBegan.WaitAsync();
        var beganEarly = secondBegan;
        mayEnd.Set();

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("first"));
        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("second"));
        Assert.That(beganEarly, Is.False);
    }

    [Test]
    public async Task A_body_that_is_left_unread_is_not_taken_for_the_next_request()
    {
        await using var server = new TestServer();
        server.Http.Map("POST /", _ => "posted");
        server.Http.Map("GET /", _ => "got");
        var client = server.Connect();
        const string body = "GET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n";

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: {body.Length}\r\n\r\n{body}GET / HTTP/1.1\r\nHost: test\r\n\r\n");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("posted"));
        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("got"));
    }

    /// <summary>
    /// What a handler has looked at and left is a part of its body still. Taken for the next request, it is that of whoever wrote the body
    /// (RFC 9112 §11.2).
    /// </summary>
    [Test]
    public async Task What_a_handler_leaves_of_a_body_is_not_taken_for_the_next_request(
        [Values("Content-Length: 10\r\n\r\nhelloworld", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n")] string body,
        [Values(-1, 0, 2, 5)] int consumed, [Values] bool examinesAll)
    {
        await using var server = new TestServer();
        server.Http.Map("POST /", async request =>
        {
            var read = await request.Body.ReadAsync();
            if (consumed >= 0) // Else the result is not even given back.
            {
                var until = read.Buffer.GetPosition(consumed);
                request.Body.AdvanceTo(until, examinesAll ? read.Buffer.End : until);
            }
            return "posted";
        });
        server.Http.Map("GET /", _ => "got");
        var client = server.Connect();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: test\r\n{body}GET / HTTP/1.1\r\nHost: test\r\n\r\n");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("posted"));
        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("got"));
        server.Log.AssertQuiet();
    }

    /// <summary>As a handler leaves it that reads and writes at the same time, and has said all that it has to say.</summary>
    [Test]
    public async Task A_read_of_the_body_that_is_left_pending_does_not_cost_the_client_its_answer()
    {
        await using var server = new TestServer();
        server.Http.Map("POST /", request =>
        {
            _ = request.Body.ReadAsync().AsTask();
            return "enough";
        });
        var client = server.Connect();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("enough"));
    }

    [TestCase("HTTP/1.1", "Connection: close\r\n", true)]
    [TestCase("HTTP/1.1", "", false)]
    [TestCase("HTTP/1.0", "", true)]
    [TestCase("HTTP/1.0", "Connection: keep-alive\r\n", false)]
    public async Task The_connection_is_kept_as_the_client_asks(string version, string field, bool closes)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => "hello");
        var client = server.Connect();
        var request = $"GET / {version}\r\nHost: test\r\n{field}\r\n";

        await client.SendAsync(request);
        var first = await client.ReadReplyAsync();

        Assert.That(first.Closes, Is.EqualTo(closes));
        if (closes)
        {
            Assert.That(await client.ReadToEndAsync(), Is.Empty);
        }
        else
        {
            await client.SendAsync(request);
            Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("hello"));
        }
    }

    [Test]
    public async Task Reading_and_writing_go_on_at_the_same_time()
    {
        await using var server = new TestServer();
        server.Http.Map("POST /", async (request, response) =>
        {
            while (true)
            {
                var read = await request.Body.ReadAsync();
                if (!read.Buffer.IsEmpty) await response.WriteAsync(read.Buffer.First);
                request.Body.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return;
            }
        });
        var client = server.Connect();

        await client.AskAsync("/", "POST", "Transfer-Encoding: chunked\r\n");
        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync($"2\r\n{i:00}\r\n");
            await client.ReadUntilAsync($"2\r\n{i:00}\r\n");
        }
        await client.SendAsync("0\r\n\r\n");

        Assert.That(await client.ReadUntilAsync("0\r\n\r\n"), Is.EqualTo("0\r\n\r\n"));
    }

    [Test]
    public async Task A_client_that_promises_to_wait_is_asked_when_the_handler_reads()
    {
        var mayRead = new Signal();
        await using var server = new TestServer();
        server.Http.Map("POST /", async request =>
        {
            await mayRead.WaitAsync();
            return await request.ReadTextAsync();
        });
        var client = server.Connect();

        await client.AskAsync("/", "POST", "Content-Length: 5\r\nExpect: 100-continue\r\n");
        var silentBefore = client.IsSilent;
        mayRead.Set();
        var interim = await client.ReadUntilAsync("\r\n\r\n");
        await client.SendAsync("hello");

        Assert.That(silentBefore);
        Assert.That(interim, Is.EqualTo("HTTP/1.1 100 Continue\r\n\r\n"));
        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("hello"));
    }
}
