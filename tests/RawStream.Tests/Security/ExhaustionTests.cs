using System.IO.Compression;
using System.Text;
using NUnit.Framework;
using RawStream.Forms;
using RawStream.Tests.Support;

namespace RawStream.Tests.Security;

/// <summary>What has made servers work, or hold memory, far beyond what was sent to them.</summary>
public sealed class ExhaustionTests
{
    private const string Upgrade = "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private const string Chunked = "HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

    [Test]
    public async Task A_long_chunk_extension_is_refused()
    {
        await using var server = new Victim();

        await server.RefusesAsync($"POST /echo {Chunked}5;{new string('a', 300)}\r\nhello\r\n0\r\n\r\n");
    }

    [Test]
    public async Task A_body_of_chunk_extensions_that_nobody_reads_ends_the_connection()
    {
        await using var server = new Victim(new HttpLimits { UnreadBodyBytes = 1000, LingerBytes = 1000 });
        var client = server.Connect();
        var chunk = $"1;{new string('a', 200)}\r\nx\r\n";
        long sent = 0;

        await client.SendAsync($"POST /unread {Chunked}");
        try
        {
            while (sent < 10_000_000)
            {
                await client.SendAsync(chunk);
                sent += chunk.Length;
            }
        }
        catch (IOException)
        {
            // The server has closed.
        }

        Assert.That(sent, Is.LessThan(1_000_000), "read although nobody wants it");
    }

    [Test]
    public async Task Endless_trailers_are_refused()
    {
        await using var server = new Victim();

        await server.RefusesAsync($"POST /echo {Chunked}0\r\n{string.Concat(Enumerable.Repeat("X-T: v\r\n", 200))}\r\n", 431);
    }

    [Test]
    public async Task Many_small_chunks_cost_no_more_than_their_bytes()
    {
        await using var server = new Victim();
        const int chunks = 200_000;
        var body = new StringBuilder($"POST /echo {Chunked}");
        for (var i = 0; i < chunks; i++) body.Append("1\r\nx\r\n");
        body.Append("0\r\n\r\n");

        var answer = await server.AnswerAsync(body.ToString());

        Assert.That(answer, Does.EndWith(new string('x', chunks)));
    }

    [Test]
    public async Task Too_many_fields_of_an_upgrade_are_refused()
    {
        await using var server = new Victim();
        server.Http.Map("GET /ws", _ => Response.WebSocket(async socket => await socket.CloseAsync()));

        var fields = string.Concat(Enumerable.Range(0, 2000).Select(i => $"x{i}: x\r\n"));
        await server.RefusesAsync($"{Upgrade}{fields}\r\n", 431);

        server.Log.AssertQuiet();
    }

    [Test]
    public async Task A_compressed_message_that_expands_without_end_is_cut_at_its_bound()
    {
        await using var server = new Victim();
        var received = -1;
        server.Http.Map("GET /ws", _ => Response.WebSocket(
            async socket =>
            {
                await foreach (var message in socket.ReadAllAsync()) received = message.Bytes.Length;
            },
            new WebSocketOptions { Compression = WebSocketCompression.PerMessage, MaxMessageSize = 100_000 }));
        var client = server.Connect();

        await client.SendAsync($"{Upgrade}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
        await client.SendAsync(Bomb(100_000_000));
        client.Finish();
        var answer = await client.ReadToEndAsync();

        Assert.That(received, Is.EqualTo(-1), "the handler never sees it");
        Assert.That(answer, Does.Contain("\u0003\u00f1"), "1009: too large");
    }

    [Test]
    public async Task Many_ranges_are_answered_with_the_whole()
    {
        await using var server = new Victim();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "0123456789");
        server.Http.Map("GET /file", _ => Response.File(file, "text/plain"));

        var ranges = string.Join(',', Enumerable.Range(0, 5000).Select(i => $"{i}-"));
        var answer = await server.AnswerAsync($"GET /file HTTP/1.1\r\nHost: h\r\nRange: bytes={ranges}\r\n\r\n");
        File.Delete(file);

        Assert.That(answer, Does.StartWith("HTTP/1.1 200 ").And.EndWith("\r\n\r\n0123456789"));
    }

    [Test]
    public async Task A_Content_Type_that_is_hard_to_parse_is_refused_at_once()
    {
        await using var server = MultipartServer();

        var type = $"multipart/form-data; !=\"{new string('\\', 5000)}";
        var answer = await server.AnswerAsync($"POST /form HTTP/1.1\r\nHost: h\r\nContent-Type: {type}\r\nContent-Length: 5\r\n\r\n--x--");

        Assert.That(answer, Does.StartWith("HTTP/1.1 4"));
    }

    [TestCase("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n--x")]
    [TestCase("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n--x-")]
    [TestCase("--x\r\nContent-Disposition: form-data; name=\"a\"")]
    [TestCase("--x")]
    [TestCase("")]
    public async Task A_multipart_body_that_does_not_end_as_it_should_comes_to_an_end(string body)
    {
        await using var server = MultipartServer();

        var answer = await server.AnswerAsync($"POST /form HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        Assert.That(answer, Does.StartWith("HTTP/1.1 400 "));
        server.Log.AssertQuiet();
    }

    [TestCase("before")]
    [TestCase("behind")]
    public async Task Line_breaks_around_a_multipart_body_cost_no_more_than_their_bytes(string where)
    {
        await using var server = MultipartServer();
        var breaks = string.Concat(Enumerable.Repeat("\r\n", 500_000));
        const string part = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n--x--\r\n";
        var body = where == "before" ? breaks + part : part + breaks;

        var logged = server.Log.Lines.Count;
        var answer = await server.AnswerAsync($"POST /form HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        Assert.That(answer, Does.StartWith("HTTP/1.1 "));
        Assert.That(server.Log.Lines, Has.Count.LessThan(logged + 5), "not a line for each of them");
    }

    /// <summary>Found by fuzzing: zlib's own exception went through as an error of the handler.</summary>
    [Test]
    public async Task A_preset_dictionary_of_zlib_is_refused()
    {
        await using var server = new Victim();
        server.Http.Map("POST /decoded", async request =>
        {
            request.DecodeBody();
            return Response.Bytes(await request.ReadBytesAsync());
        });

        var answer = await server.AnswerAsync("POST /decoded HTTP/1.1\r\nHost: h\r\nContent-Encoding: deflate\r\nContent-Length: 7\r\n\r\nx\u00f9\u009c\u00cbH,x");

        Assert.That(answer, Does.StartWith("HTTP/1.1 400 "));
        server.Log.AssertQuiet();
    }

    private static Victim MultipartServer()
    {
        var server = new Victim();
        server.Http.Map("POST /form", async request =>
        {
            var count = 0;
            await foreach (var part in request.ReadPartsAsync()) count += (await part.ReadTextAsync()).Length;
            return $"{count}";
        });
        return server;
    }

    /// <summary>One masked, compressed binary frame of so many zeros.</summary>
    private static byte[] Bomb(int size)
    {
        using var output = new MemoryStream();
        using (var deflate = new DeflateStream(output, CompressionLevel.Optimal, leaveOpen: true))
        {
            var zeros = new byte[1_000_000];
            for (var left = size; left > 0; left -= zeros.Length) deflate.Write(zeros);
            deflate.Flush();
        }
        var payload = output.ToArray();
        var length = BitConverter.GetBytes((long)payload.Length);
        Array.Reverse(length);
        return [0xC2, 0xFF, .. length, 0, 0, 0, 0, .. payload];
    }
}
