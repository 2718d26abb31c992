using System.Buffers;
using System.Globalization;
using System.Text;
using NUnit.Framework;
using RawStream.Tests.Events;
using RawStream.Tests.Support;

namespace RawStream.Tests.Coding;

/// <summary>A compressed stream: one flush is one chunk, and can be decoded when it comes.</summary>
[TestFixture("gzip")]
[TestFixture("br")]
public sealed class StreamTests(string coding)
{
    private readonly string _fields = $"Accept-Encoding: {coding}\r\n";
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer()
    {
        _server = new TestServer();
        _server.Http.UseCompression();
    }

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [Test]
    public async Task Each_event_can_be_decoded_before_the_next_one_is_written([Values] bool overSocket)
    {
        var feed = new Feed<string>();
        _server.Http.Map("GET /", _ => Response.Events(feed));
        var client = overSocket ? await _server.ConnectTcpAsync() : _server.Connect();
        await client.AskAsync("/", fields: _fields);
        var head = await client.ReadUntilAsync("\r\n\r\n");
        Assert.That(head, Does.Contain($"Content-Encoding: {coding}\r\n").And.Contain("Transfer-Encoding: chunked").And.Not.Contain("Content-Length"));
        using var decoder = new LiveDecoder(coding);

        for (var i = 0; i < 50; i++)
        {
            var text = $"data: event {i}\n\n";
            feed.Give($"event {i}");
            Assert.That(await decoder.DecodeAsync(await ReadChunkAsync(client), text.Length), Is.EqualTo(text));
        }
        feed.End();

        Assert.That(await decoder.EndAsync(await ReadChunkAsync(client)), Is.Empty);
        Assert.That(await client.ReadUntilAsync("\r\n\r\n"), Is.EqualTo("0\r\n\r\n"));
    }

    [Test]
    public async Task However_it_is_written_one_flush_is_one_chunk()
    {
        string[] pieces = ["bytes", "text", "span", "memory", "two pieces", "left and bytes", "left and text", Coded.Words];
        _server.Http.Map("GET /", async (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            await response.FlushAsync(); // No chunk.
            await response.WriteAsync("bytes"u8.ToArray());
            await response.WriteAsync("text");
            Put(response.Body, "span");
            await response.FlushAsync();
            await response.FlushAsync(); // Nothing is left to flush.
            "memory"u8.CopyTo(response.Body.GetMemory(100).Span);
            response.Body.Advance(6);
            await response.Body.FlushAsync();
            Put(response.Body, "two ");
            Put(response.Body, "pieces");
            Assert.That(response.Body.UnflushedBytes, Is.EqualTo(10));
            await response.FlushAsync();
            Put(response.Body, "left and ");
            await response.WriteAsync("bytes"u8.ToArray());
            Put(response.Body, "left and ");
            await response.WriteAsync("text");
            await response.WriteAsync(ReadOnlyMemory<byte>.Empty);
            await response.WriteAsync(Coded.Words);
            response.Trailers["X-Pieces"] = "8";
        });

        var reply = await _server.GetAsync("/", _fields);

        using var decoder = new LiveDecoder(coding);
        foreach (var (i, piece) in pieces.Index()) Assert.That(await decoder.DecodeAsync(reply.Chunks[i], piece.Length), Is.EqualTo(piece));
        Assert.That(reply.Chunks, Has.Count.EqualTo(pieces.Length + 1), "and one for the end of the coding");
        Assert.That(await decoder.EndAsync(reply.Chunks[^1]), Is.Empty);
        Assert.That(reply.Trailers, Is.EqualTo(new[] { ("X-Pieces", "8") }));
    }

    [Test]
    public async Task What_was_written_before_the_first_flush_goes_with_it_and_what_is_left_at_the_end_with_the_end()
    {
        _server.Http.Map("GET /", async (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            Put(response.Body, "first ");
            await response.WriteAsync("flush ");
            Put(response.Body, "end");
        });

        var reply = await _server.GetAsync("/", _fields);

        Assert.That(reply.Chunks, Has.Count.EqualTo(2));
        Assert.That(Coded.Decode(coding, reply.Text), Is.EqualTo("first flush end"));
    }

    [Test]
    public async Task A_stream_that_has_nothing_to_say_ends_properly()
    {
        _server.Http.Map("GET /", (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            return response.FlushAsync();
        });

        var reply = await _server.GetAsync("/", _fields);

        Assert.That(reply["Content-Encoding"], Is.EqualTo(coding));
        Assert.That(reply.Text, Is.Not.Empty, "an empty content is coded, too");
        Assert.That(Coded.Decode(coding, reply.Text), Is.Empty);
    }

    [TestCase(64 * 1024)]
    [TestCase(64 * 1024 + 1)]
    [TestCase(1_000_000)]
    public async Task A_large_write_goes_in_pieces_that_are_bounded(int length)
    {
        var content = new byte[length];
        new Random(1).NextBytes(content);
        var text = Encoding.Latin1.GetString(content);
        _server.Http.Map("GET /", async (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            await response.WriteAsync("x");
            await response.WriteAsync(content);
            Put(response.Body, "left");
            await response.WriteAsync(content);
        });

        var reply = await _server.GetAsync("/", _fields);

        Assert.That(Coded.Decode(coding, reply.Text), Is.EqualTo($"x{text}left{text}"));
        Assert.That(reply.Chunks.Max(chunk => chunk.Length), Is.LessThan(70_000));
    }

    [Test]
    public async Task A_long_text_is_one_write_too()
    {
        var text = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i:x} "));
        _server.Http.Map("GET /", async (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            await response.WriteAsync("");
            await response.WriteAsync(text);
        });

        Assert.That(Coded.Decode(coding, (await _server.GetAsync("/", _fields)).Text), Is.EqualTo(text));
    }

    [Test]
    public async Task A_slow_client_holds_its_handler_back()
    {
        var noise = new byte[16 * 1024];
        var random = new Random(1);
        var written = 0;
        _server.Http.Map("GET /", async (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            for (var i = 0; i < 1000; i++)
            {
                random.NextBytes(noise);
                await response.WriteAsync(noise);
                Interlocked.Increment(ref written);
            }
        });
        var client = _server.Connect();
        await client.AskAsync("/", fields: _fields);
        await client.ReadUntilAsync("\r\n\r\n");
        await PoolTurn.PassAsync();

        Assert.That(Volatile.Read(ref written), Is.LessThan(100));
    }

    [Test]
    public async Task A_client_of_HTTP_1_0_gets_it_without_chunks()
    {
        _server.Http.Map("GET /", _ => Response.Stream(new[] { "a", "b", Coded.Words }.ToAsyncEnumerable()));
        var client = _server.Connect();

        await client.SendAsync($"GET / HTTP/1.0\r\n{_fields}\r\n");
        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Count("Transfer-Encoding") + reply.Count("Content-Length"), Is.Zero);
        Assert.That(Coded.Decode(coding, reply.Text), Is.EqualTo("ab" + Coded.Words));
    }

    [Test]
    public async Task A_handler_that_fails_leaves_a_stream_that_is_visibly_broken()
    {
        _server.Http.Map("GET /", async (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            await response.WriteAsync("so far");
            throw new InvalidOperationException("on purpose");
        });
        var client = _server.Connect();
        await client.AskAsync("/", fields: _fields);
        await client.ReadUntilAsync("\r\n\r\n");
        using var decoder = new LiveDecoder(coding);

        Assert.That(await decoder.DecodeAsync(await ReadChunkAsync(client), 6), Is.EqualTo("so far"));
        Assert.That(await client.ReadToEndAsync(), Is.Empty, "neither the end of the coding nor the last chunk");
    }

    [TestCase(5, "more")]
    [TestCase(7, "less")]
    public async Task A_length_that_was_promised_must_be_kept(int promised, string what)
    {
        _server.Http.Map("GET /", async (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            response.Headers["Content-Length"] = (promised * 100).ToString(CultureInfo.InvariantCulture);
            for (var i = 0; i < 6; i++) await response.WriteAsync(new string('a', 100));
        });
        var client = _server.Connect();
        await client.AskAsync("/", fields: _fields);

        Assert.That(await client.ReadToEndAsync(), Does.Not.EndWith(OnTheWire.LastChunk));
        Assert.That(_server.Log.Lines.Select(line => line.Exception?.Message), Has.Some.Contains($"written {what} than its Content-Length"));
    }

    [Test]
    public async Task A_heartbeat_is_an_event_like_others()
    {
        var time = new ManualTime();
        await using var server = new TestServer(time: time);
        server.Http.UseCompression();
        var stream = HeldStream.Map(server);
        var client = server.Connect();
        await client.AskAsync("/events", fields: _fields);
        await client.ReadUntilAsync("\r\n\r\n");
        var events = await stream.Events;
        using var decoder = new LiveDecoder(coding);

        for (var i = 0; i < 3; i++)
        {
            time.AdvanceSeconds(15.25);
            Assert.That(await decoder.DecodeAsync(await ReadChunkAsync(client), 3), Is.EqualTo(":\n\n"));
            await events.WriteAsync("x");
            Assert.That(await decoder.DecodeAsync(await ReadChunkAsync(client), 9), Is.EqualTo("data: x\n\n"));
        }
        stream.End();

        Assert.That(await decoder.EndAsync(await ReadChunkAsync(client)), Is.Empty);
    }

    [Test]
    public async Task Requests_on_one_connection_do_not_disturb_each_other()
    {
        _server.Http.Map("GET /words", _ => Coded.Words);
        _server.Http.Map("GET /stream", _ => Response.Stream(new[] { "a", Coded.Words }.ToAsyncEnumerable()));
        var client = _server.Connect();

        for (var i = 0; i < 3; i++)
        {
            Assert.That(Coded.Decode(coding, (await client.GetAsync("/words", _fields)).Text), Is.EqualTo(Coded.Words));
            Assert.That(Coded.Decode(coding, (await client.GetAsync("/stream", _fields)).Text), Is.EqualTo("a" + Coded.Words));
            Assert.That((await client.GetAsync("/stream")).Chunks, Is.EqualTo(new[] { "a", Coded.Words }));
            Assert.That((await client.GetAsync("/words")).Text, Is.EqualTo(Coded.Words));
        }
    }

    [Test]
    public async Task A_file_is_compressed_on_its_way()
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid()}.css");
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"p{i} {{}}\n"));
        await File.WriteAllTextAsync(path, text);
        _server.Http.Map("GET /", _ => Response.File(path));

        var reply = await _server.GetAsync("/", _fields);
        File.Delete(path);

        Assert.That(Coded.Decode(coding, reply.Text), Is.EqualTo(text));
        Assert.That(reply.Text, Has.Length.LessThan(text.Length / 2));
    }

    private static void Put(IBufferWriter<byte> output, string text) => output.Write(Encoding.Latin1.GetBytes(text));

    private static async Task<string> ReadChunkAsync(TestClient client)
    {
        var size = int.Parse(await client.ReadLineAsync(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return (await client.ReadTextAsync(size + 2))[..^2];
    }
}
