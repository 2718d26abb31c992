using System.Text;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>What a handler writes, and what of it stands on the wire.</summary>
public sealed class ResponseWriterTests
{
    [Test]
    public async Task A_handler_that_writes_nothing_gives_an_empty_200()
    {
        var reply = await GetAsync((request, response) => default);

        Assert.That(reply.Status, Is.EqualTo(200));
        Assert.That(reply["Content-Length"], Is.EqualTo("0"));
    }

    [Test]
    public async Task What_is_complete_before_the_first_flush_has_its_length()
    {
        var reply = await GetAsync((request, response) =>
        {
            Encoding.ASCII.GetBytes("hello, ", response.Body);
            Encoding.ASCII.GetBytes("world", response.Body);
            return default;
        });

        Assert.That(reply["Content-Length"], Is.EqualTo("12"));
        Assert.That(reply["Transfer-Encoding"], Is.Null);
        Assert.That(reply.Text, Is.EqualTo("hello, world"));
    }

    [Test]
    public async Task What_goes_on_after_the_first_flush_is_chunked()
    {
        var reply = await GetAsync(async (request, response) =>
        {
            Encoding.ASCII.GetBytes("hello, ", response.Body);
            await response.FlushAsync();
            Encoding.ASCII.GetBytes("world", response.Body);
        });

        Assert.That(reply["Content-Length"], Is.Null);
        Assert.That(reply.Chunks, Is.EqualTo(new[] { "hello, ", "world" }));
    }

    [Test]
    public async Task All_that_is_written_until_a_flush_is_one_chunk()
    {
        var reply = await GetAsync(async (request, response) =>
        {
            Encoding.ASCII.GetBytes("a", response.Body);
            await response.WriteAsync("b");
            Encoding.ASCII.GetBytes("c", response.Body);
            Encoding.ASCII.GetBytes("d", response.Body);
            await response.WriteAsync("e"u8.ToArray());
            await response.WriteAsync("f");
        });

        Assert.That(reply.Chunks, Is.EqualTo(new[] { "ab", "cde", "f" }));
    }

    [Test]
    public async Task An_empty_flush_sends_the_head_and_no_chunk()
    {
        var mayGoOn = new Signal();
        await using var server = new TestServer();
        server.Http.Map("GET /", async (request, response) =>
        {
            Assert.That(response.HasStarted, Is.False);
            await response.FlushAsync();
            Assert.That(response.HasStarted);
            await mayGoOn.WaitAsync();
            await response.FlushAsync();
            await response.WriteAsync("");
            await response.WriteAsync(ReadOnlyMemory<byte>.Empty);
            await response.Body.FlushAsync();
        });
        var client = server.Connect();

        await client.AskAsync("/");
        var head = await client.ReadUntilAsync("\r\n\r\n");
        mayGoOn.Set();
        var rest = await client.ReadUntilAsync("0\r\n\r\n");

        Assert.That(head, Does.Contain("Transfer-Encoding: chunked"));
        Assert.That(rest, Is.EqualTo("0\r\n\r\n"));
    }

    [Test]
    public async Task The_head_cannot_be_changed_after_the_first_flush()
    {
        var reply = await GetAsync(async (request, response) =>
        {
            await response.FlushAsync();
            Assert.That(() => response.Status = 404, Throws.InvalidOperationException);
            Assert.That(() => response.Headers["X"] = "1", Throws.InvalidOperationException);
            Assert.That(() => response.Headers.Add("X", "1"), Throws.InvalidOperationException);
            Assert.That(() => response.Headers.Remove("X"), Throws.InvalidOperationException);
            await response.WriteAsync("fine");
        });

        Assert.That(reply.Text, Is.EqualTo("fine"));
    }

    [TestCase(199)]
    [TestCase(100)]
    [TestCase(0)]
    [TestCase(1000)]
    public async Task A_status_out_of_bounds_is_refused(int status)
    {
        var reply = await GetAsync((request, response) =>
        {
            Assert.That(() => response.Status = status, Throws.InstanceOf<ArgumentOutOfRangeException>());
            return default;
        });

        Assert.That(reply.Status, Is.EqualTo(200));
    }

    [TestCase(200, "OK")]
    [TestCase(201, "Created")]
    [TestCase(418, "")]
    [TestCase(599, "")]
    [TestCase(999, "")]
    public async Task A_status_has_its_reason_phrase_or_none(int status, string phrase)
    {
        var reply = await GetAsync((request, response) =>
        {
            response.Status = status;
            return default;
        });

        Assert.That(reply.Head.Split("\r\n")[0], Is.EqualTo($"HTTP/1.1 {status} {phrase}"));
    }

    [Test]
    public async Task Trailers_follow_the_last_chunk()
    {
        var reply = await GetAsync(async (request, response) =>
        {
            await response.WriteAsync("hello");
            response.Trailers["X-Sum"] = "532";
            response.Trailers.Add("X-More", "ä");
        });

        Assert.That(reply.Text, Is.EqualTo("hello"));
        Assert.That(reply.Trailers, Is.EqualTo(new[] { ("X-Sum", "532"), ("X-More", Encoding.Latin1.GetString("ä"u8)) }));
    }

    [Test]
    public async Task Trailers_of_one_response_are_not_those_of_the_next()
    {
        var first = true;
        await using var server = new TestServer();
        server.Http.Map("GET /", async (request, response) =>
        {
            await response.WriteAsync("hello");
            if (first) response.Trailers["X-Sum"] = "1";
            first = false;
        });
        var client = server.Connect();

        Assert.That((await client.GetAsync("/")).Trailers, Has.Count.EqualTo(1));
        Assert.That((await client.GetAsync("/")).Trailers, Is.Empty);
    }

    [Test]
    public async Task Trailers_are_left_out_where_nothing_can_carry_them()
    {
        var reply = await GetAsync((request, response) =>
        {
            response.Trailers["X-Sum"] = "1";
            return default;
        });

        Assert.That(reply["Content-Length"], Is.EqualTo("0"));
        Assert.That(reply["X-Sum"], Is.Null);
    }

    [Test]
    public async Task A_declared_length_is_used_and_nothing_is_chunked()
    {
        var reply = await GetAsync(async (request, response) =>
        {
            response.Headers["Content-Length"] = "10";
            await response.WriteAsync("hello");
            await response.WriteAsync("world");
        });

        Assert.That(reply["Content-Length"], Is.EqualTo("10"));
        Assert.That(reply["Transfer-Encoding"], Is.Null);
        Assert.That(reply.Text, Is.EqualTo("helloworld"));
    }

    [Test]
    public async Task Less_than_the_declared_length_ends_the_connection_and_is_logged()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", async (request, response) =>
        {
            response.Headers["Content-Length"] = "10";
            await response.WriteAsync("hello");
        });
        var client = server.Connect();

        await client.AskAsync("/");
        var all = await client.ReadToEndAsync();

        Assert.That(all, Does.EndWith("\r\n\r\nhello"));
        Assert.That(server.Log.Lines.Select(line => line.Id), Does.Contain(30));
    }

    [Test]
    public async Task More_than_the_declared_length_is_refused_and_does_not_reach_the_client()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", async (request, response) =>
        {
            response.Headers["Content-Length"] = "5";
            await response.WriteAsync("hello");
            Assert.That(() => response.WriteAsync("!").AsTask(), Throws.InvalidOperationException);
        });
        var client = server.Connect();

        Assert.That((await client.GetAsync("/")).Text, Is.EqualTo("hello"));
        Assert.That((await client.GetAsync("/")).Text, Is.EqualTo("hello"), "the connection goes on");
    }

    /// <summary>Nothing was sent when the mistake shows, so the client can be told (RFC 9110 §15.6.1).</summary>
    [TestCase("3", "hello")]
    [TestCase("many", "hello")]
    [TestCase("-1", "")]
    public async Task A_wrong_length_that_shows_at_the_end_of_the_handler_is_a_500(string length, string text)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", (request, response) =>
        {
            response.Headers["Content-Length"] = length;
            Encoding.ASCII.GetBytes(text, response.Body);
            return default;
        });

        Assert.That((await server.GetAsync("/")).Status, Is.EqualTo(500));
    }

    [TestCase("many")]
    [TestCase("-1")]
    [TestCase("5, 5")]
    public async Task A_wrong_length_that_shows_at_the_first_write_is_a_500(string length)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", async (request, response) =>
        {
            response.Headers["Content-Length"] = length;
            await response.WriteAsync("hello");
        });

        Assert.That((await server.GetAsync("/")).Status, Is.EqualTo(500));
    }

    [TestCase(204)]
    [TestCase(304)]
    public async Task A_status_without_content_can_be_flushed(int status)
    {
        var reply = await GetAsync(async (request, response) =>
        {
            response.Status = status;
            await response.FlushAsync();
        });

        Assert.That(reply.Status, Is.EqualTo(status));
        Assert.That(reply["Content-Length"], Is.Null);
        Assert.That(reply["Transfer-Encoding"], Is.Null);
    }

    [TestCase(204)]
    [TestCase(304)]
    public async Task Content_for_a_status_without_content_is_refused_and_does_not_reach_the_client(int status)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", (request, response) =>
        {
            response.Status = status;
            Assert.That(() => response.WriteAsync("x").AsTask(), Throws.InvalidOperationException);
            return default;
        });
        var client = server.Connect();

        Assert.That((await client.GetAsync("/")).Status, Is.EqualTo(status));
        Assert.That((await client.GetAsync("/")).Status, Is.EqualTo(status), "what follows the head is the next response");
    }

    [Test]
    public async Task Content_for_a_204_that_was_not_flushed_is_a_500([Values] bool flush)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", async (request, response) =>
        {
            response.Status = 204;
            Encoding.ASCII.GetBytes("x", response.Body);
            if (flush) await response.FlushAsync();
        });

        Assert.That((await server.GetAsync("/")).Status, Is.EqualTo(500));
    }

    [Test]
    public async Task The_date_is_the_server_s_clock_s_unless_the_handler_sets_it()
    {
        var time = new ManualTime();
        await using var server = new TestServer(time: time);
        server.Http.Map("GET /", (request, response) => default);
        server.Http.Map("GET /own", (request, response) =>
        {
            response.Headers["Date"] = "Thu, 01 Jan 1970 00:00:00 GMT";
            return default;
        });

        Assert.That((await server.GetAsync("/"))["Date"], Is.EqualTo("Fri, 20 Nov 2026 12:00:00 GMT"));
        time.AdvanceSeconds(61);
        Assert.That((await server.GetAsync("/"))["Date"], Is.EqualTo("Fri, 20 Nov 2026 12:01:01 GMT"));
        Assert.That((await server.GetAsync("/own"))["Date"], Is.EqualTo("Thu, 01 Jan 1970 00:00:00 GMT"));
    }

    [Test]
    public async Task Completing_the_body_writer_means_nothing()
    {
        var reply = await GetAsync(async (request, response) =>
        {
            await response.WriteAsync("a");
            await response.Body.CompleteAsync();
            await response.WriteAsync("b");
        });

        Assert.That(reply.Chunks, Is.EqualTo(new[] { "a", "b" }));
    }

    private static readonly Dictionary<string, Func<ResponseWriter, Task>> SecondWrites = new()
    {
        ["bytes"] = response => response.WriteAsync("refused"u8.ToArray()).AsTask(),
        ["text"] = response => response.WriteAsync("refused").AsTask(),
        ["pipe"] = response => response.Body.WriteAsync("refused"u8.ToArray()).AsTask(),
        ["flush"] = response => response.FlushAsync().AsTask(),
    };

    /// <summary>What was refused may not arrive, least of all in the middle of the chunk that is under way.</summary>
    [Test]
    public async Task A_second_write_while_one_waits_is_refused_and_the_first_one_completes(
        [Values("bytes", "text", "pipe", "flush")] string second, [Values(60_000, 1_000_000)] int size)
    {
        var isWaiting = new Signal();
        await using var server = new TestServer();
        server.Http.Map("GET /", async (request, response) =>
        {
            var first = response.WriteAsync(new byte[size]).AsTask();
            while (first.IsCompleted) first = response.WriteAsync(new byte[size]).AsTask();
            Assert.That(() => SecondWrites[second](response), Throws.InvalidOperationException);
            isWaiting.Set();
            await first;
        });
        var client = server.Connect();

        await client.AskAsync("/");
        await isWaiting.WaitAsync();
        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Chunks.Select(chunk => chunk.Length), Is.All.EqualTo(size));
    }

    [Test]
    public async Task WriteTimeout_can_be_read_set_and_turned_off()
    {
        var reply = await GetAsync((request, response) =>
        {
            Assert.That(response.WriteTimeout, Is.EqualTo(new HttpTimeouts().Write));
            response.WriteTimeout = TimeSpan.FromSeconds(7);
            Assert.That(response.WriteTimeout, Is.EqualTo(TimeSpan.FromSeconds(7)));
            Assert.That(() => response.WriteTimeout = TimeSpan.Zero, Throws.InstanceOf<ArgumentOutOfRangeException>());
            response.WriteTimeout = Timeout.InfiniteTimeSpan;
            Assert.That(response.WriteTimeout, Is.EqualTo(Timeout.InfiniteTimeSpan));
            return default;
        });

        Assert.That(reply.Status, Is.EqualTo(200));
    }

    private static async Task<Reply> GetAsync(Handler handler)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", handler);
        var reply = await server.GetAsync("/");
        server.Log.AssertQuiet();
        return reply;
    }
}
