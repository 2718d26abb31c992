using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>Responses as values, as they stand on the wire.</summary>
public sealed class ResponseTests
{
    [Test]
    public async Task Text_is_UTF_8_with_its_length()
    {
        var reply = await GetAsync(Response.Text("5 €"));

        Assert.That(reply.Status, Is.EqualTo(200));
        Assert.That(reply["Content-Type"], Is.EqualTo("text/plain; charset=utf-8"));
        Assert.That(reply["Content-Length"], Is.EqualTo("5"));
        Assert.That(reply.Text, Is.EqualTo(Encoding.Latin1.GetString("5 €"u8)));
    }

    [Test]
    public async Task Text_takes_a_status_and_a_content_type()
    {
        var reply = await GetAsync(Response.Text("<p>", 404, "text/html"));

        Assert.That(reply.Head, Does.StartWith("HTTP/1.1 404 Not Found\r\n"));
        Assert.That(reply["Content-Type"], Is.EqualTo("text/html"));
        Assert.That(reply.Text, Is.EqualTo("<p>"));
    }

    [Test]
    public async Task A_string_is_a_text()
    {
        var reply = await GetAsync("hello");

        Assert.That(reply["Content-Type"], Is.EqualTo("text/plain; charset=utf-8"));
        Assert.That(reply.Text, Is.EqualTo("hello"));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2048)]
    [TestCase(2049)]
    [TestCase(65_536)]
    [TestCase(1_000_000)]
    public async Task Bytes_of_any_size_have_their_length(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);

        var reply = await GetAsync(Response.Bytes(bytes));

        Assert.That(reply["Content-Type"], Is.EqualTo("application/octet-stream"));
        Assert.That(reply["Transfer-Encoding"], Is.Null);
        Assert.That(reply.Text, Is.EqualTo(Encoding.Latin1.GetString(bytes)));
    }

    [Test]
    public async Task Json_of_a_value()
    {
        var reply = await GetAsync(Response.Json(new Order("a", 2), TestJson.Default.Order, 201));

        Assert.That(reply.Status, Is.EqualTo(201));
        Assert.That(reply["Content-Type"], Is.EqualTo("application/json"));
        Assert.That(reply.Text, Is.EqualTo("""{"Id":"a","Quantity":2}"""));
    }

    [Test]
    public async Task Json_of_a_node()
    {
        Assert.That((await GetAsync(Response.Json(new JsonObject { ["a"] = 1 }))).Text, Is.EqualTo("""{"a":1}"""));
        Assert.That((await GetAsync(Response.Json((JsonNode?)null))).Text, Is.EqualTo("null"));
    }

    [TestCase(204, null)]
    [TestCase(304, null)]
    [TestCase(200, "0")]
    [TestCase(404, "0")]
    public async Task Empty_has_no_content_and_says_so_where_it_may(int status, string? length)
    {
        var reply = await GetAsync(Response.Empty(status));

        Assert.That(reply.Status, Is.EqualTo(status));
        Assert.That(reply["Content-Length"], Is.EqualTo(length));
        Assert.That(reply["Transfer-Encoding"], Is.Null);
        Assert.That(reply["Content-Type"], Is.Null);
        Assert.That(reply.Text, Is.Empty);
    }

    [TestCase(301)]
    [TestCase(302)]
    [TestCase(303)]
    [TestCase(307)]
    [TestCase(308)]
    public async Task Redirect_names_the_location(int status)
    {
        var reply = await GetAsync(Response.Redirect("/there?a=1", status));

        Assert.That(reply.Status, Is.EqualTo(status));
        Assert.That(reply["Location"], Is.EqualTo("/there?a=1"));
        Assert.That(reply["Content-Length"], Is.EqualTo("0"));
    }

    [Test]
    public async Task Stream_of_texts_is_one_chunk_for_each_that_is_not_empty()
    {
        var reply = await GetAsync(Response.Stream(Several("a", "", "bc", "€")));

        Assert.That(reply["Content-Type"], Is.EqualTo("text/plain; charset=utf-8"));
        Assert.That(reply["Content-Length"], Is.Null);
        Assert.That(reply.Chunks, Is.EqualTo(new[] { "a", "bc", Encoding.Latin1.GetString("€"u8) }));
    }

    [Test]
    public async Task Stream_of_bytes_is_one_chunk_for_each()
    {
        var reply = await GetAsync(Response.Stream(SeveralBytes([1], [2, 3]), "x/y"));

        Assert.That(reply["Content-Type"], Is.EqualTo("x/y"));
        Assert.That(reply.Chunks, Is.EqualTo(new[] { "\x01", "\x02\x03" }));
    }

    [Test]
    public async Task Stream_without_any_element_is_an_empty_response() =>
        Assert.That((await GetAsync(Response.Stream(Several()))).Text, Is.Empty);

    [Test]
    public async Task Stream_sends_its_head_before_the_first_element_has_come()
    {
        var mayCome = new Signal();
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Stream(Later(mayCome)));
        var client = server.Connect();

        await client.AskAsync("/");
        var head = await client.ReadUntilAsync("\r\n\r\n");
        mayCome.Set();

        Assert.That(head, Does.StartWith("HTTP/1.1 200 OK"));
        Assert.That(await client.ReadUntilAsync("0\r\n\r\n"), Is.EqualTo("4\r\nlate\r\n0\r\n\r\n"));
    }

    [Test]
    public async Task Stream_is_cancelled_when_the_client_leaves()
    {
        var cancelled = new Signal();
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Stream(Endless(cancelled)));
        var client = server.Connect();
        await client.AskAsync("/");
        await client.ReadUntilAsync("first");

        client.Abort();

        await cancelled.WaitAsync();
        await server.UntilIdleAsync();
        server.Log.AssertQuiet();
    }

    [Test]
    public async Task Stream_of_a_callback_is_whatever_it_writes()
    {
        var reply = await GetAsync(Response.Stream(
            async (request, response) =>
            {
                response.Status = 202;
                await response.WriteAsync(request.Path);
            },
            "text/x"));

        Assert.That(reply.Status, Is.EqualTo(202));
        Assert.That(reply["Content-Type"], Is.EqualTo("text/x"));
        Assert.That(reply.Chunks, Is.EqualTo(new[] { "/" }));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(200_000)]
    public async Task File_is_sent_whole_with_its_length_and_type(int size)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".html");
        var text = new string('f', size);
        await System.IO.File.WriteAllTextAsync(path, text);
        try
        {
            var reply = await GetAsync(Response.File(path));

            Assert.That(reply["Content-Type"], Is.EqualTo("text/html; charset=utf-8"));
            Assert.That(reply["Content-Length"], Is.EqualTo(size.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            Assert.That(reply.Text, Is.EqualTo(text));
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }

    [Test]
    public async Task File_that_is_not_there_is_a_500() =>
        Assert.That((await GetAsync(Response.File(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())))).Status, Is.EqualTo(500));

    [Test]
    public async Task With_adds_fields_beside_others_of_the_same_name()
    {
        var reply = await GetAsync(Response.Text("x").With("Set-Cookie", "a=1").With("Set-Cookie", "b=2").With("X-A", "ä"));

        Assert.That(reply.Fields.Where(field => field.Name == "Set-Cookie").Select(field => field.Value), Is.EqualTo(new[] { "a=1", "b=2" }));
        Assert.That(reply["X-A"], Is.EqualTo(Encoding.Latin1.GetString("ä"u8)));
    }

    private static readonly Dictionary<string, Func<Response>> Kinds = new()
    {
        ["text"] = () => Response.Text("text"),
        ["empty"] = () => Response.Empty(200),
        ["stream"] = () => Response.Stream(Several("text")),
    };

    /// <summary>A message with two Content-Lengths, or two types, is malformed, whoever asked for it (RFC 9110 §5.3).</summary>
    [Test]
    public async Task With_does_not_double_a_field_that_may_stand_once(
        [Values("text", "empty", "stream")] string kind, [Values("Content-Type", "Content-Length", "Date")] string field, [Values] bool besideMiddleware)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Kinds[kind]().With(field, field == "Content-Length" ? kind == "empty" ? "0" : "4" : "Fri, 20 Nov 2026 12:00:00 GMT"));
        if (besideMiddleware)
        {
            server.Http.Use(next => (request, response) =>
            {
                response.Headers["X-Middleware"] = "1";
                return next(request, response);
            });
        }

        Assert.That((await server.GetAsync("/")).Count(field), Is.EqualTo(1));
    }

    [Test]
    public async Task A_middleware_s_fields_stay_beside_those_of_the_value()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Text("x").With("X-Both", "value"));
        server.Http.Use(next => (request, response) =>
        {
            response.Headers["X-Middleware"] = "1";
            response.Headers["X-Both"] = "middleware";
            return next(request, response);
        });

        var reply = await server.GetAsync("/");

        Assert.That(reply["X-Middleware"], Is.EqualTo("1"));
        Assert.That(reply["X-Both"], Is.EqualTo("value"));
        Assert.That(reply["Content-Length"], Is.EqualTo("1"));
    }

    [Test]
    public async Task A_static_response_serves_many_at_once()
    {
        var page = Response.Text(new string('p', 5000)).With("X-A", "1");
        await using var server = new TestServer(time: new ManualTime()); // The Date field stands still.
        server.Http.Map("GET /", _ => page);

        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () =>
        {
            await using var client = TestClient.InMemory(server.Http);
            var reply = await client.GetAsync("/");
            for (var i = 0; i < 20; i++) Assert.That((await client.GetAsync("/")).Head, Is.EqualTo(reply.Head));
            return reply;
        }))).Within();

        Assert.That(replies.Select(reply => reply.Text), Is.All.EqualTo(new string('p', 5000)));
        Assert.That(replies.Select(reply => reply["X-A"]), Is.All.EqualTo("1"));
    }

    [Test]
    public void Status_is_from_200_to_999_and_one_with_content_where_there_is_some()
    {
        Assert.That(() => Response.Text("", 199), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Response.Text("", 1000), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Response.Text("", 204), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Response.Bytes(default, status: 304), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Response.Empty(101), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Response.Redirect("/", 300), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Response.Text(null!), Throws.ArgumentNullException);
    }

    [Test]
    public void With_and_Redirect_refuse_what_could_start_a_field_of_its_own()
    {
        Assert.That(() => Response.Text("").With("X", "a\r\nSet-Cookie: b"), Throws.ArgumentException);
        Assert.That(() => Response.Text("").With("X\r\nY", "a"), Throws.ArgumentException);
        Assert.That(() => Response.Text("").With("Connection", "close"), Throws.ArgumentException);
        Assert.That(() => Response.Redirect("/\r\nSet-Cookie: b"), Throws.ArgumentException);
    }

    private static async Task<Reply> GetAsync(Response response)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => response);
        return await server.GetAsync("/");
    }

    private static async IAsyncEnumerable<string> Several(params string[] texts)
    {
        foreach (var text in texts)
        {
            await Task.Yield();
            yield return text;
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> SeveralBytes(params byte[][] pieces)
    {
        foreach (var piece in pieces)
        {
            await Task.Yield();
            yield return piece;
        }
    }

    private static async IAsyncEnumerable<string> Later(Signal mayCome)
    {
        await mayCome.WaitAsync();
        yield return "late";
    }

    private static async IAsyncEnumerable<string> Endless(Signal cancelled, [EnumeratorCancellation] CancellationToken stop = default)
    {
        yield return "first";
        await Signal.Of(stop);
        cancelled.Set();
    }
}
