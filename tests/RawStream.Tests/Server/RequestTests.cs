using System.IO.Pipelines;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>What a handler sees of a request.</summary>
public sealed class RequestTests
{
    [TestCase("GET", "GET")]
    [TestCase("PATCH", "PATCH")]
    [TestCase("M-SEARCH", "M-SEARCH")]
    [TestCase("get", "get")]
    public async Task Method_is_as_it_was_sent(string sent, string expected)
    {
        await using var server = new TestServer();
        server.Http.Map("/", request => request.Method);
        var client = server.Connect();

        await client.AskAsync("/", method: sent);

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo(expected));
    }

    [TestCase("/", "/", "")]
    [TestCase("/a/b", "/a/b", "")]
    [TestCase("/a%20b", "/a%20b", "")]
    [TestCase("/a//b/", "/a//b/", "")]
    [TestCase("/?", "/", "")]
    [TestCase("/a?x=1", "/a", "x=1")]
    [TestCase("http://example.org/a?x=1", "/a", "x=1")]
    [TestCase("http://example.org", "/", "")]
    [TestCase("http://example.org?x=1", "/", "x=1")]
    public async Task Target_and_path_are_as_they_were_sent_and_the_query_is_decoded(string target, string path, string query)
    {
        await using var server = new TestServer();
        server.Http.Map("/{*rest}", request => $"{request.Target}|{request.Path}|{string.Join('&', request.Query.Select(pair => $"{pair.Key}={pair.Value}"))}");

        Assert.That((await server.GetAsync(target)).Text, Is.EqualTo($"{target}|{path}|{query}"));
    }

    [TestCase("a=1&b=2", "a=1;b=2;")]
    [TestCase("a=1&a=2", "a=1;a=2;")]
    [TestCase("a", "a=;")]
    [TestCase("a=", "a=;")]
    [TestCase("=1", "=1;")]
    [TestCase("a=b=c", "a=b=c;")]
    [TestCase("&&a=1&", "a=1;")]
    [TestCase("a+b=c+d", "a b=c d;")]
    [TestCase("a%20b=%2B%26%3D", "a b=+&=;")]
    [TestCase("%C3%A4=%E2%82%AC", "ä=€;")]
    [TestCase("a=%FF", "a=\uFFFD;")]
    [TestCase("q=100%", "q=100%;")]
    [TestCase("q=%4", "q=%4;")]
    [TestCase("q=%zz%41", "q=%zzA;")]
    public async Task Query_is_decoded_as_forms_are(string query, string expected)
    {
        string? decoded = null;
        await using var server = new TestServer();
        server.Http.Map("GET /", request => decoded = string.Concat(request.Query.Select(pair => $"{pair.Key}={pair.Value};")));

        await server.GetAsync("/?" + query);

        Assert.That(decoded, Is.EqualTo(expected));
    }

    [Test]
    public async Task Query_gives_the_first_value_of_a_name_and_null_for_none()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", request => $"{request.Query["a"]}|{request.Query["b"]}|{request.Query["A"] ?? "null"}|{request.Query.Count}");

        Assert.That((await server.GetAsync("/?a=1&a=2&b")).Text, Is.EqualTo("1||null|3"));
    }

    [TestCase("/", "test")]
    [TestCase("http://example.org:81/", "example.org:81")]
    public async Task Host_is_of_the_target_if_that_has_one_else_of_the_field(string target, string expected)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", request => request.Host);

        Assert.That((await server.GetAsync(target)).Text, Is.EqualTo(expected));
    }

    [TestCase("1.0")]
    [TestCase("1.1")]
    public async Task ProtocolVersion_is_the_client_s(string version)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", request => request.ProtocolVersion.ToString());
        var client = server.Connect();

        await client.SendAsync($"GET / HTTP/{version}\r\nHost: test\r\n\r\n");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo(version));
    }

    [Test]
    public async Task Fields_are_found_without_regard_to_case_and_lines_of_one_name_are_joined()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", request =>
            $"{request.Headers["x-a"]}|{request.Headers["X-B"] ?? "null"}|{string.Join(';', request.Headers.GetValues("X-A"))}|{request.Headers.Contains("x-A")}|{request.Headers.Contains("X-B")}");

        var reply = await server.GetAsync("/", "X-A: 1\r\nx-a:  2 \r\nX-A:\r\n");

        Assert.That(reply.Text, Is.EqualTo("1, 2, |null|1;2;|True|False"));
    }

    [Test]
    public async Task Fields_are_enumerated_as_they_were_sent()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", request => string.Concat(request.Headers.Select(field => $"{field.Key}={field.Value};")) + request.Headers.Count);

        var reply = await server.GetAsync("/", "b: 2\r\nA: 1\r\nb: 3\r\n");

        Assert.That(reply.Text, Is.EqualTo("Host=test;b=2;A=1;b=3;4"));
    }

    [Test]
    public async Task Values_are_UTF_8_or_else_Latin_1()
    {
        string? values = null;
        await using var server = new TestServer();
        server.Http.Map("GET /", request => values = $"{request.Headers["U"]}|{request.Headers["L"]}");
        var client = server.Connect();

        byte[] sent = [.. "GET / HTTP/1.1\r\nHost: test\r\nU: "u8, .. "ä€"u8, .. "\r\nL: "u8, 0xE4, .. "\r\n\r\n"u8];
        await client.SendAsync(sent);
        await client.ReadReplyAsync();

        Assert.That(values, Is.EqualTo("ä€|ä"));
    }

    [Test]
    public async Task Fields_of_one_request_do_not_show_in_the_next()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", request => $"{request.Headers["X-A"] ?? "none"}|{request.Query["a"] ?? "none"}|{request.Headers.Count}");
        var client = server.Connect();

        Assert.That((await client.GetAsync("/?a=1", "X-A: 1\r\n")).Text, Is.EqualTo("1|1|2"));
        Assert.That((await client.GetAsync("/")).Text, Is.EqualTo("none|none|1"));
    }

    [Test]
    public async Task Route_values_are_decoded_and_an_unknown_name_is_refused()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /orders/{id}/{*rest}", request =>
        {
            Assert.That(() => request.Route["other"], Throws.InstanceOf<KeyNotFoundException>());
            return $"{request.Route["id"]}|{request.Route["rest"]}|{string.Join(',', request.Route.Select(pair => pair.Key))}";
        });

        Assert.That((await server.GetAsync("/orders/4%202/a/b%2Fc")).Text, Is.EqualTo("4 2|a/b/c|id,rest"));
    }

    [TestCase("", "0")]
    [TestCase("Content-Length: 0\r\n", "0")]
    [TestCase("Content-Length: 5\r\n", "5")]
    [TestCase("Transfer-Encoding: chunked\r\n", "null")]
    public async Task ContentLength_is_what_the_client_says(string field, string expected)
    {
        await using var server = new TestServer();
        server.Http.Map("POST /", request => request.ContentLength?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null");
        var client = server.Connect();

        await client.AskAsync("/", "POST", field);

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo(expected));
    }

    [Test]
    public async Task Trailers_are_there_once_the_body_was_read_and_not_before()
    {
        await using var server = new TestServer();
        server.Http.Map("POST /", async request =>
        {
            var before = request.Trailers.Count;
            var body = await request.ReadTextAsync();
            return $"{before}|{body}|{request.Trailers["x-sum"]}|{request.Headers["X-Sum"] ?? "null"}";
        });
        var client = server.Connect();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("0|abc|7|null"));
    }

    [Test]
    public async Task Body_arrives_as_it_is_sent()
    {
        var pieces = new List<string>();
        var arrived = new Signal();
        await using var server = new TestServer();
        server.Http.Map("POST /", async (request, response) =>
        {
            while (true)
            {
                var read = await request.Body.ReadAsync();
                pieces.Add(System.Text.Encoding.ASCII.GetString(read.Buffer.FirstSpan));
                request.Body.AdvanceTo(read.Buffer.End);
                arrived.Set();
                if (read.IsCompleted) return;
            }
        });
        var client = server.Connect();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhello");
        await arrived.WaitAsync();
        await client.SendAsync("world");
        await client.ReadReplyAsync();

        Assert.That(pieces, Is.EqualTo(new[] { "hello", "world" }));
    }

    /// <summary>A reader that looks and leaves: each byte is joined over the framing between the chunks.</summary>
    [Test]
    public async Task Body_that_is_examined_and_not_consumed_grows_over_chunks()
    {
        await using var server = new TestServer();
        server.Http.Map("POST /", async request =>
        {
            ReadResult read;
            while (!(read = await request.Body.ReadAsync()).IsCompleted) request.Body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            var text = System.Text.Encoding.ASCII.GetString(read.Buffer.FirstSpan);
            request.Body.AdvanceTo(read.Buffer.End);
            return text;
        });
        var client = server.Connect();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
        foreach (var piece in new[] { "1\r\na\r\n", "2;x=y\r\nb", "c\r\n3\r", "\ndef\r\n", "0\r\n\r\n" }) await client.SendAsync(piece);

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("abcdef"));
    }

    [TestCase("")]
    [TestCase("hello")]
    [TestCase("h\u00e4llo")]
    public async Task ReadText_and_ReadBytes_give_the_whole_body(string body)
    {
        string? text = null;
        byte[]? bytes = null;
        await using var server = new TestServer();
        server.Http.Map("POST /text", async request => text = await request.ReadTextAsync());
        server.Http.Map("POST /bytes", async request =>
        {
            bytes = await request.ReadBytesAsync();
            return "";
        });
        var utf8 = System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes(body));

        await server.PostAsync("/text", utf8);
        await server.PostAsync("/bytes", utf8);

        Assert.That(text, Is.EqualTo(body));
        Assert.That(bytes, Is.EqualTo(System.Text.Encoding.UTF8.GetBytes(body)));
    }

    [Test]
    public async Task ReadText_gathers_a_large_body_that_comes_in_many_chunks()
    {
        await using var server = new TestServer();
        server.Http.Map("POST /", async request => await request.ReadTextAsync());
        var client = server.Connect();
        var reading = client.ReadReplyAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (var i = 0; i < 500; i++) await client.SendAsync($"3e8\r\n{new string((char)('a' + i % 26), 1000)}\r\n");
        await client.SendAsync("0\r\n\r\n");

        Assert.That((await reading).Text, Is.EqualTo(string.Concat(Enumerable.Range(0, 500).Select(i => new string((char)('a' + i % 26), 1000)))));
    }

    [Test]
    public async Task ReadJson_gives_a_value()
    {
        await using var server = new TestServer();
        server.Http.Map("POST /", async request => (await request.ReadJsonAsync(TestJson.Default.Order))!.ToString());

        Assert.That((await server.PostAsync("/", """{"Id":"a","Quantity":2}""")).Text, Is.EqualTo("Order { Id = a, Quantity = 2 }"));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("not json")]
    [TestCase("""{"Id":"a","Quantity":"two"}""")]
    public async Task ReadJson_of_anything_else_is_a_400_that_says_where(string body)
    {
        await using var server = new TestServer();
        server.Http.Map("POST /", async request => (await request.ReadJsonAsync(TestJson.Default.Order))!.ToString());

        var reply = await server.PostAsync("/", body);

        Assert.That(reply.Status, Is.EqualTo(400));
        Assert.That(reply.Text, Does.Match(@"JSON.*line \d"));
        server.Log.AssertQuiet();
    }

    [TestCase("Content-Length: 11\r\n\r\nhello world")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n")]
    public async Task More_than_MaxBodySize_is_a_413(string fieldsAndBody)
    {
        await using var server = new TestServer();
        server.Http.Map("POST /{size}", async request =>
        {
            request.MaxBodySize = int.Parse(request.Route["size"], System.Globalization.CultureInfo.InvariantCulture);
            return await request.ReadTextAsync();
        });
        var enough = server.Connect();
        var little = server.Connect();

        await enough.SendAsync($"POST /11 HTTP/1.1\r\nHost: test\r\n{fieldsAndBody}");
        await little.SendAsync($"POST /10 HTTP/1.1\r\nHost: test\r\n{fieldsAndBody}");

        Assert.That((await enough.ReadReplyAsync()).Text, Is.EqualTo("hello world"));
        Assert.That((await little.ReadReplyAsync()).Status, Is.EqualTo(413));
        server.Log.AssertQuiet();
    }

    [Test]
    public async Task MaxBodySize_is_the_server_s_limit_until_it_is_set_and_again_for_the_next_request()
    {
        await using var server = new TestServer(new HttpLimits { BodyBytes = 77 });
        server.Http.Map("GET /", request =>
        {
            var before = request.MaxBodySize;
            request.MaxBodySize = 5;
            Assert.That(() => request.MaxBodySize = -1, Throws.InstanceOf<ArgumentOutOfRangeException>());
            return $"{before}|{request.MaxBodySize}";
        });
        var client = server.Connect();

        Assert.That((await client.GetAsync("/")).Text, Is.EqualTo("77|5"));
        Assert.That((await client.GetAsync("/")).Text, Is.EqualTo("77|5"));
    }

    [Test]
    public async Task Aborted_fires_also_when_it_is_first_looked_at_after_the_hang_up()
    {
        var mayLook = new TaskCompletionSource(); // Goes on inline, when the FIN was seen.
        var saw = new TaskCompletionSource<bool>();
        await using var server = new TestServer();
        server.Http.Map("GET /", async (request, response) =>
        {
            await mayLook.Task;
            saw.SetResult(request.Aborted.IsCancellationRequested);
        });
        var client = server.Connect();
        await client.AskAsync("/");

        client.Finish();
        mayLook.SetResult();

        Assert.That(await saw.Task.Within());
    }

    [Test]
    public async Task Aborted_of_one_request_is_not_that_of_the_next()
    {
        var tokens = new List<CancellationToken>();
        await using var server = new TestServer();
        server.Http.Map("GET /", request =>
        {
            tokens.Add(request.Aborted);
            return "";
        });
        var client = server.Connect();
        await client.GetAsync("/");
        await client.GetAsync("/");

        Assert.That(tokens[0], Is.Not.EqualTo(tokens[1]));
        Assert.That(tokens.Any(token => token.IsCancellationRequested), Is.False);
    }
}
