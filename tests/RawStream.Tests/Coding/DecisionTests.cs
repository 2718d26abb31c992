using System.Buffers;
using System.Net;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Coding;

/// <summary>Which responses are compressed, and what their fields say then.</summary>
public sealed class DecisionTests
{
    private const string Accepts = "Accept-Encoding: gzip\r\n";

    private TestServer _server = null!;

    [SetUp]
    public void CreateServer()
    {
        _server = new TestServer();
        _server.Http.UseCompression();
    }

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [TestCase("text/plain", true)]
    [TestCase("text/html; charset=utf-8", true)]
    [TestCase("Text/CSS", true)]
    [TestCase("text/event-stream", true)]
    [TestCase("application/json", true)]
    [TestCase("application/json ;charset=utf-8", true)]
    [TestCase("application/x-ndjson", true)]
    [TestCase("application/problem+json", true)]
    [TestCase("application/atom+xml", true)]
    [TestCase("application/javascript", true)]
    [TestCase("application/wasm", true)]
    [TestCase("image/svg+xml", true)]
    [TestCase("image/bmp", true)]
    [TestCase("font/ttf", true)]
    [TestCase("font/woff2", false)]
    [TestCase("image/png", false)]
    [TestCase("video/mp4", false)]
    [TestCase("application/zip", false)]
    [TestCase("application/octet-stream", false)]
    [TestCase("application/jsonx", false)]
    [TestCase("xtext/plain", false)]
    public async Task The_type_decides(string type, bool isCompressed)
    {
        _server.Http.Map("GET /", _ => Response.Text(Coded.Words, contentType: type));

        var reply = await _server.GetAsync("/", Accepts);

        Assert.That(reply["Content-Encoding"], Is.EqualTo(isCompressed ? "gzip" : null));
        Assert.That(reply["Vary"], Is.EqualTo(isCompressed ? "Accept-Encoding" : null));
        Assert.That(reply["Content-Type"], Is.EqualTo(type));
    }

    [TestCase(64, null)]
    [TestCase(65, "gzip")]
    public async Task More_than_64_bytes_are_compressed(int length, string? coding)
    {
        _server.Http.Map("GET /", _ => new string('a', length));

        Assert.That((await _server.GetAsync("/", Accepts))["Content-Encoding"], Is.EqualTo(coding));
    }

    [TestCase("Content-Encoding", "zstd")]
    [TestCase("Content-Encoding", "identity")]
    [TestCase("Content-Range", "bytes 0-839/10000")]
    [TestCase("Cache-Control", "no-transform")]
    [TestCase("cache-control", "max-age=60, No-Transform")]
    [TestCase("Content-Digest", "sha-256=:AAAA:")]
    [TestCase("Repr-Digest", "sha-256=:AAAA:")]
    public async Task A_field_forbids_it(string name, string value)
    {
        _server.Http.Map("GET /value", _ => Response.Text(Coded.Words).With(name, value));
        _server.Http.Map("GET /written", (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            response.Headers[name] = value;
            return response.WriteAsync(Coded.Words);
        });

        foreach (var target in new[] { "/value", "/written" })
        {
            var reply = await _server.GetAsync(target, Accepts);
            Assert.That(reply.Text, Is.EqualTo(Coded.Words));
            Assert.That(reply[name], Is.EqualTo(value));
        }
    }

    [Test]
    public async Task A_field_of_a_middleware_forbids_it_too()
    {
        _server.Http.Use(next => (request, response) =>
        {
            response.Headers["Cache-Control"] = "no-transform";
            return next(request, response);
        });
        _server.Http.Map("GET /", _ => Coded.Words);

        Assert.That((await _server.GetAsync("/", Accepts)).Text, Is.EqualTo(Coded.Words));
    }

    [TestCase(200, true)]
    [TestCase(201, true)]
    [TestCase(404, true)]
    [TestCase(500, true)]
    [TestCase(205, false)]
    [TestCase(206, false)]
    public async Task The_status_decides(int status, bool isCompressed)
    {
        _server.Http.Map("GET /", _ => Response.Text(Coded.Words, status));

        Assert.That((await _server.GetAsync("/", Accepts))["Content-Encoding"], Is.EqualTo(isCompressed ? "gzip" : null));
    }

    [TestCase(204)]
    [TestCase(304)]
    public async Task What_has_no_content_is_not_compressed(int status)
    {
        _server.Http.Map("GET /", _ => Response.Empty(status).With("Content-Type", "text/plain"));

        var reply = await _server.GetAsync("/", Accepts);

        Assert.That(reply.Status, Is.EqualTo(status));
        Assert.That(reply.Count("Content-Encoding"), Is.Zero);
    }

    [TestCase("\"v1\"", "W/\"v1\"")]
    [TestCase("W/\"v1\"", "W/\"v1\"")]
    public async Task An_entity_tag_becomes_weak(string tag, string sent)
    {
        _server.Http.Map("GET /", _ => Response.Text(Coded.Words).With("ETag", tag).With("Accept-Ranges", "bytes"));

        var compressed = await _server.GetAsync("/", Accepts);
        var plain = await _server.GetAsync("/");

        Assert.That(compressed["ETag"], Is.EqualTo(sent));
        Assert.That(compressed.Count("Accept-Ranges"), Is.Zero, "ranges of what is made on the fly cannot be asked for");
        Assert.That(plain["ETag"], Is.EqualTo(tag));
        Assert.That(plain["Accept-Ranges"], Is.EqualTo("bytes"));
    }

    [TestCase("W/\"v1\"", "W/\"v1\"", "Accept-Encoding")]
    [TestCase("\"v0\", W/\"v1\"", "W/\"v1\"", "Accept-Encoding")]
    [TestCase("\"v1\"", "\"v1\"", null)]
    public async Task A_304_has_the_tag_that_the_client_holds(string known, string sent, string? vary)
    {
        _server.Http.Map("GET /", _ => Response.Empty(304).With("ETag", "\"v1\""));

        var reply = await _server.GetAsync("/", $"{Accepts}If-None-Match: {known}\r\n");

        Assert.That(reply["ETag"], Is.EqualTo(sent));
        Assert.That(reply["Vary"], Is.EqualTo(vary));
    }

    [TestCase("Origin", new[] { "Origin", "Accept-Encoding" })]
    [TestCase("Origin, accept-encoding", new[] { "Origin, accept-encoding" })]
    [TestCase("*", new[] { "*" })]
    public async Task Vary_is_appended_to(string vary, string[] sent)
    {
        _server.Http.Map("GET /", _ => Response.Text(Coded.Words).With("Vary", vary));

        var reply = await _server.GetAsync("/", Accepts);

        Assert.That(reply.Fields.Where(field => field.Name == "Vary").Select(field => field.Value), Is.EqualTo(sent));
    }

    [Test]
    public async Task The_length_is_that_of_the_coded_content()
    {
        _server.Http.Map("GET /value", _ => Coded.Words);
        _server.Http.Map("GET /body", (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            response.Body.Write(System.Text.Encoding.ASCII.GetBytes(Coded.Words));
            return default;
        });

        foreach (var target in new[] { "/value", "/body" })
        {
            var reply = await _server.GetAsync(target, Accepts);
            Assert.That(int.Parse(reply["Content-Length"]!, System.Globalization.CultureInfo.InvariantCulture), Is.LessThan(Coded.Words.Length));
            Assert.That(Coded.Decode("gzip", reply.Text), Is.EqualTo(Coded.Words));
        }
    }

    [Test]
    public async Task What_does_not_become_shorter_is_left_as_it_is()
    {
        var noise = new byte[200];
        new Random(1).NextBytes(noise);
        _server.Http.Map("GET /value", _ => Response.Bytes(noise, "text/plain"));
        _server.Http.Map("GET /body", (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            response.Body.Write(noise);
            return default;
        });

        foreach (var target in new[] { "/value", "/body" })
        {
            var reply = await _server.GetAsync(target, Accepts);
            Assert.That(reply.Count("Content-Encoding"), Is.Zero);
            Assert.That(reply["Content-Length"], Is.EqualTo("200"));
            Assert.That(reply.Text, Is.EqualTo(System.Text.Encoding.Latin1.GetString(noise)));
        }
    }

    [TestCase("/value")]
    [TestCase("/body")]
    [TestCase("/file")]
    [TestCase("/stream")]
    public async Task HEAD_has_the_fields_of_GET(string target)
    {
        var file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid()}.txt");
        await File.WriteAllTextAsync(file, Coded.Words);
        _server.Http.Map("GET /value", _ => Coded.Words);
        _server.Http.Map("GET /body", (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            response.Body.Write(System.Text.Encoding.ASCII.GetBytes(Coded.Words));
            return default;
        });
        _server.Http.Map("GET /file", _ => Response.File(file));
        _server.Http.Map("GET /stream", _ => Response.Stream(new[] { Coded.Words }.ToAsyncEnumerable()));

        var get = await _server.GetAsync(target, Accepts);
        var client = _server.Connect();
        await client.AskAsync(target, "HEAD", Accepts);
        var head = await client.ReadReplyAsync(isHead: true);
        await client.AskAsync("/value");
        var next = await client.ReadReplyAsync();
        File.Delete(file);

        Assert.That(Coded.Decode("gzip", get.Text), Is.EqualTo(Coded.Words));
        string[] notCompared = target == "/file" ? ["Date", "Content-Length"] : ["Date"]; // How long a coded file is, only coding it would tell.
        Assert.That(head.Fields.Where(field => field.Name != "Date"), Is.EqualTo(get.Fields.Where(field => !notCompared.Contains(field.Name))));
        Assert.That(next.Text, Is.EqualTo(Coded.Words), "the connection goes on");
    }

    [Test]
    public async Task The_program_can_choose_types_bounds_and_codings()
    {
        await using var server = new TestServer();
        server.Http.UseCompression(new CompressionOptions { Brotli = false, LargestUncompressed = 1000, IsCompressible = type => type == "image/x-tga" });
        server.Http.Map("GET /tga", _ => Response.Bytes(new byte[1001], "image/x-tga"));
        server.Http.Map("GET /short", _ => Response.Bytes(new byte[1000], "image/x-tga"));
        server.Http.Map("GET /text", _ => new string('a', 2000));

        Assert.That((await server.GetAsync("/tga", "Accept-Encoding: br, gzip;q=0.1\r\n"))["Content-Encoding"], Is.EqualTo("gzip"));
        Assert.That((await server.GetAsync("/short", Accepts)).Count("Content-Encoding"), Is.Zero);
        Assert.That((await server.GetAsync("/text", Accepts)).Count("Content-Encoding"), Is.Zero);
    }

    [Test]
    public void What_the_formats_do_not_have_is_refused()
    {
        Assert.That(() => new CompressionOptions { BrotliQuality = 12 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new CompressionOptions { BrotliQuality = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new CompressionOptions { BrotliWindowBits = 9 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new CompressionOptions { BrotliWindowBits = 25 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new CompressionOptions { GzipLevel = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new CompressionOptions { GzipLevel = 10 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new CompressionOptions { LargestUncompressed = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new CompressionOptions { IsCompressible = null! }, Throws.ArgumentNullException);
    }

    [TestCase(0, 10, 1)]
    [TestCase(11, 24, 9)]
    public async Task The_least_and_the_most_work(int quality, int window, int level)
    {
        await using var server = new TestServer();
        server.Http.UseCompression(new CompressionOptions { BrotliQuality = quality, BrotliWindowBits = window, GzipLevel = level });
        server.Http.Map("GET /value", _ => Coded.Words);
        server.Http.Map("GET /stream", _ => Response.Stream(new[] { Coded.Words, "x" }.ToAsyncEnumerable()));

        foreach (var coding in new[] { "br", "gzip" })
        {
            Assert.That(Coded.Decode(coding, (await server.GetAsync("/value", $"Accept-Encoding: {coding}\r\n")).Text), Is.EqualTo(Coded.Words));
            Assert.That(Coded.Decode(coding, (await server.GetAsync("/stream", $"Accept-Encoding: {coding}\r\n")).Text), Is.EqualTo(Coded.Words + "x"));
        }
    }

    [TestCase("br, gzip", "gzip")]
    [TestCase("*", "gzip")]
    [TestCase("br, gzip;q=0.9", "br")]
    [TestCase("br", "br")]
    public async Task A_stream_gets_gzip_unless_the_client_likes_Brotli_better(string accepted, string coding)
    {
        _server.Http.Map("GET /", _ => Response.Stream(new[] { "a", "b" }.ToAsyncEnumerable()));

        Assert.That((await _server.GetAsync("/", $"Accept-Encoding: {accepted}\r\n"))["Content-Encoding"], Is.EqualTo(coding));
    }

    [Test]
    public async Task A_failure_is_answered_with_what_the_client_takes()
    {
        await using var server = new TestServer(onError: (_, _) => Response.Text(Coded.Words, (int)HttpStatusCode.InternalServerError));
        server.Http.UseCompression();
        server.Http.Map("GET /", (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            response.Body.Write(new byte[100]);
            throw new InvalidOperationException("on purpose");
        });

        var reply = await server.GetAsync("/", Accepts);

        Assert.That(reply.Status, Is.EqualTo(500));
        Assert.That(Coded.Decode("gzip", reply.Text), Is.EqualTo(Coded.Words));
    }

    [Test]
    public async Task A_server_without_it_compresses_nothing()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Coded.Words);

        var reply = await server.GetAsync("/", Accepts);

        Assert.That(reply.Text, Is.EqualTo(Coded.Words));
        Assert.That(reply.Count("Vary"), Is.Zero);
    }
}
