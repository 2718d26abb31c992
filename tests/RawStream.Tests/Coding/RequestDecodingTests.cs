using System.Text;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Coding;

/// <summary>Requests whose content is coded (RFC 9110 §8.4).</summary>
public sealed class RequestDecodingTests
{
    private static readonly byte[] Words = Encoding.ASCII.GetBytes(Coded.Words);

    private TestServer _server = null!;

    [SetUp]
    public void CreateServer()
    {
        _server = new TestServer();
        _server.Http.Map("POST /", async request =>
        {
            request.DecodeBody();
            return await request.ReadTextAsync();
        });
        _server.Http.Map("POST /100k", async request =>
        {
            request.MaxBodySize = 100_000;
            request.DecodeBody();
            return $"{(await request.ReadBytesAsync()).Length}";
        });
    }

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [TestCase("gzip", "gzip")]
    [TestCase("x-gzip", "gzip")]
    [TestCase("GZIP", "gzip")]
    [TestCase("br", "br")]
    [TestCase("deflate", "deflate")]
    public async Task It_is_decoded(string name, string coding)
    {
        Assert.That((await PostAsync("/", name, Coded.Encode(coding, Words))).Text, Is.EqualTo(Coded.Words));
    }

    [TestCase("gzip")]
    [TestCase("br")]
    [TestCase("deflate")]
    public async Task Chunked_and_byte_by_byte_too(string coding)
    {
        var client = _server.Connect();
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: test\r\nContent-Encoding: {coding}\r\nTransfer-Encoding: chunked\r\n\r\n");
        foreach (var b in Coded.Encode(coding, Words))
        {
            await client.SendAsync("1\r\n");
            await client.SendAsync(new[] { b });
            await client.SendAsync("\r\n");
        }
        await client.SendAsync("0\r\n\r\n");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo(Coded.Words));
        Assert.That((await client.PostAsync("/", "again")).Text, Is.EqualTo("again"), "the connection goes on");
    }

    [TestCase("gzip")]
    [TestCase("br")]
    [TestCase("deflate")]
    public async Task Split_anywhere(string coding)
    {
        var body = Coded.Encode(coding, Words);
        var head = Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: test\r\nContent-Encoding: {coding}\r\nContent-Length: {body.Length}\r\n\r\n");
        byte[] message = [.. head, .. body];
        var client = _server.Connect();
        for (var split = head.Length - 2; split < message.Length; split++)
        {
            await client.SendAsync(message.AsMemory(0, split));
            await client.SendAsync(message.AsMemory(split));
            Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo(Coded.Words), $"split at {split}");
        }
    }

    [Test]
    public async Task It_can_be_read_as_it_comes()
    {
        _server.Http.Map("POST /echo", async (request, response) =>
        {
            request.DecodeBody();
            request.DecodeBody(); // Once is enough.
            await Echo.WriteAsync(request, response);
        });
        var client = _server.Connect();
        var coded = Coded.Encode("gzip", Words);
        await client.SendAsync($"POST /echo HTTP/1.1\r\nHost: test\r\nContent-Encoding: gzip\r\nContent-Length: {coded.Length}\r\n\r\n");
        await client.SendAsync(coded);

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo(Coded.Words));
    }

    [TestCase("identity")]
    [TestCase("")]
    public async Task What_is_not_coded_is_read_as_it_is(string name)
    {
        Assert.That((await PostAsync("/", name, Words)).Text, Is.EqualTo(Coded.Words));
        Assert.That((await _server.PostAsync("/", Coded.Words)).Text, Is.EqualTo(Coded.Words));
        Assert.That((await PostAsync("/", "gzip", [])).Text, Is.Empty);
    }

    [Test]
    public async Task Who_does_not_ask_for_it_gets_what_was_sent()
    {
        _server.Http.Map("POST /raw", async request => Response.Bytes(await request.ReadBytesAsync()));
        var coded = Coded.Encode("gzip", Words);

        Assert.That((await PostAsync("/raw", "gzip", coded)).Text, Is.EqualTo(Encoding.Latin1.GetString(coded)));
    }

    [TestCase("zstd")]
    [TestCase("compress")]
    [TestCase("gzip, gzip")]
    [TestCase("br, gzip")]
    public async Task What_is_not_understood_is_refused_and_the_client_told_what_is(string name)
    {
        var reply = await PostAsync("/", name, Words);

        Assert.That(reply.Status, Is.EqualTo(415));
        Assert.That(reply["Accept-Encoding"], Is.EqualTo("br, gzip, deflate"));
        Assert.That(reply.Closes);
    }

    [Test]
    public async Task It_is_refused_before_the_client_is_asked_for_it()
    {
        var client = _server.Connect();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: test\r\nContent-Encoding: zstd\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");

        Assert.That((await client.ReadReplyAsync()).Status, Is.EqualTo(415));
    }

    [TestCase("gzip")]
    [TestCase("br")]
    [TestCase("deflate")]
    public async Task What_is_malformed_is_refused(string coding)
    {
        Assert.That((await PostAsync("/", coding, Words)).Status, Is.EqualTo(400));

        var bent = Coded.Encode(coding, Words);
        for (var i = 0; i < bent.Length; i++) bent[i] ^= 0x55;
        Assert.That((await PostAsync("/", coding, bent)).Status, Is.EqualTo(400));
        _server.Log.AssertQuiet();
    }

    [TestCase("gzip")]
    [TestCase("br")]
    [TestCase("deflate")]
    public async Task What_is_cut_off_is_refused(string coding)
    {
        var whole = Coded.Encode(coding, Words);
        for (var length = 1; length < whole.Length; length++)
        {
            var reply = await PostAsync("/", coding, whole[..length]);
            Assert.That(reply.Status, Is.EqualTo(400), $"{length} of {whole.Length} bytes");
            Assert.That(reply.Text, Does.Contain("Content-Encoding"));
        }
        _server.Log.AssertQuiet();
    }

    [Test]
    public async Task A_wrong_checksum_is_refused()
    {
        var wrong = Coded.Encode("gzip", Words);
        wrong[^5] ^= 1;

        Assert.That((await PostAsync("/", "gzip", wrong)).Status, Is.EqualTo(400));
    }

    [TestCase("gzip")]
    [TestCase("br")]
    [TestCase("deflate")]
    public async Task The_bound_is_that_of_what_it_becomes(string coding)
    {
        Assert.That((await PostAsync("/100k", coding, Coded.Encode(coding, new byte[100_000]))).Text, Is.EqualTo("100000"));
        Assert.That((await PostAsync("/100k", coding, Coded.Encode(coding, new byte[100_001]))).Status, Is.EqualTo(413));
    }

    [TestCase("gzip")]
    [TestCase("br")]
    [TestCase("deflate")]
    public async Task A_bomb_is_refused_before_it_has_expanded(string coding)
    {
        var bomb = Coded.Encode(coding, new byte[50_000_000]);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var reply = await PostAsync("/100k", coding, bomb);

        Assert.That(reply.Status, Is.EqualTo(413));
        Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before, Is.LessThan(5_000_000));
        _server.Log.AssertQuiet();
    }

    [Test]
    public async Task By_default_the_bound_is_that_of_all_bodies()
    {
        await using var server = new TestServer(limits: new HttpLimits { BodyBytes = 1000 });
        server.Http.Map("POST /", async request =>
        {
            request.DecodeBody();
            return await request.ReadTextAsync();
        });
        var client = server.Connect();
        var bomb = Coded.Encode("gzip", new byte[1001]);
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: test\r\nContent-Encoding: gzip\r\nContent-Length: {bomb.Length}\r\n\r\n");
        await client.SendAsync(bomb);

        Assert.That((await client.ReadReplyAsync()).Status, Is.EqualTo(413));
    }

    [Test]
    public async Task Who_hangs_up_has_sent_half_a_body()
    {
        Exception? failure = null;
        var failed = new Signal();
        _server.Http.Map("POST /half", async (request, _) =>
        {
            request.DecodeBody();
            try
            {
                await request.ReadBytesAsync();
            }
            catch (Exception e)
            {
                failure = e;
                failed.Set();
                throw;
            }
        });
        var client = _server.Connect();
        await client.SendAsync("POST /half HTTP/1.1\r\nHost: test\r\nContent-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n");
        await client.SendAsync(Coded.Encode("gzip", Words).AsMemory(0, 20));
        client.Finish();

        await failed.WaitAsync();
        Assert.That(failure, Is.InstanceOf<BadRequestException>().With.Message.Contains("hung up"));
    }

    private async Task<Reply> PostAsync(string target, string coding, byte[] body)
    {
        var client = _server.Connect();
        await client.SendAsync($"POST {target} HTTP/1.1\r\nHost: test\r\nContent-Encoding: {coding}\r\nContent-Length: {body.Length}\r\n\r\n");
        try
        {
            await client.SendAsync(body);
        }
        catch (IOException)
        {
            // It was refused before all of it was sent.
        }
        return await client.ReadReplyAsync();
    }
}
