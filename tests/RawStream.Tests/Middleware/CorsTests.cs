using System.Buffers;
using System.Net.ServerSentEvents;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Middleware;

/// <summary>What a browser lets a page of another origin do and read (WHATWG Fetch §3.2).</summary>
public sealed class CorsTests
{
    private const string App = "https://app.example";

    private static readonly CorsOptions Options = new() { Origins = [App, "http://localhost:3000"], ExposedHeaders = ["X-Total", "ETag"] };

    [TestCase(App, App)]
    [TestCase("http://localhost:3000", "http://localhost:3000")]
    [TestCase("http://localhost:3001", null)]
    [TestCase("http://app.example", null)]
    [TestCase("https://app.example.evil.example", null)]
    [TestCase("https://sub.app.example", null)]
    [TestCase("HTTPS://APP.EXAMPLE", null, Description = "No browser sends that.")]
    [TestCase("null", null)]
    [TestCase("*", null)]
    [TestCase("", null)]
    [TestCase(null, null)]
    public async Task An_origin_that_is_named_may_read_the_response(string? origin, string? allowed)
    {
        await using var server = NewServer(Options);

        var reply = await server.GetAsync("/", Origin(origin));

        Assert.That((reply.Status, reply.Text), Is.EqualTo((200, "hello")), "the server answers all the same");
        Assert.That(reply["Access-Control-Allow-Origin"], Is.EqualTo(allowed));
        Assert.That(reply["Access-Control-Expose-Headers"], Is.EqualTo(allowed is null ? null : "X-Total, ETag"));
        Assert.That(reply["Access-Control-Allow-Credentials"], Is.Null);
        Assert.That(reply["Vary"], Is.EqualTo("Origin"), "the answer to another origin is another one");
    }

    [Test]
    public async Task Two_origins_are_none()
    {
        await using var server = NewServer(Options);

        Assert.That((await server.GetAsync("/", Origin(App) + Origin(App)))["Access-Control-Allow-Origin"], Is.Null);
    }

    [Test]
    public async Task With_a_star_every_page_may_and_the_answer_depends_on_nothing([Values(null, "null", App)] string? origin)
    {
        await using var server = NewServer(new CorsOptions { Origins = ["*"] });

        var reply = await server.GetAsync("/", Origin(origin));

        Assert.That(reply["Access-Control-Allow-Origin"], Is.EqualTo("*"));
        Assert.That(reply["Vary"], Is.Null);
    }

    [TestCase("https://a.app.example", "https://a.app.example")]
    [TestCase(App, App)]
    [TestCase("https://a.evil.example", null)]
    public async Task A_predicate_adds_to_the_list(string origin, string? allowed)
    {
        await using var server = NewServer(new CorsOptions
        {
            Origins = [App],
            OriginIsAllowed = one => one.StartsWith("https://", StringComparison.Ordinal) && one.EndsWith(".app.example", StringComparison.Ordinal),
            Credentials = true,
        });

        var reply = await server.GetAsync("/", Origin(origin));

        Assert.That(reply["Access-Control-Allow-Origin"], Is.EqualTo(allowed));
        Assert.That(reply["Access-Control-Allow-Credentials"], Is.EqualTo(allowed is null ? null : "true"));
        Assert.That(reply["Vary"], Is.EqualTo("Origin"));
    }

    [TestCase("GET", "/nowhere", "", 404)]
    [TestCase("DELETE", "/", "", 405)]
    [TestCase("BREW", "/", "", 501)]
    [TestCase("GET", "/fails", "", 500)]
    [TestCase("GET", "/late", "", 500)]
    [TestCase("GET", "/bad", "", 422)]
    [TestCase("POST", "/upload", "Content-Length: 100\r\n", 413)]
    [TestCase("POST", "/upload", "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400)]
    [TestCase("GET", "/304", "", 304)]
    [TestCase("GET", "/redirect", "", 302)]
    public async Task A_page_may_read_what_went_wrong(string method, string target, string rest, int status)
    {
        await using var server = NewServer(Options);
        var client = server.Connect();

        await client.SendAsync($"{method} {target} HTTP/1.1\r\nHost: test\r\n{Origin(App)}{rest}\r\n");
        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Status, Is.EqualTo(status));
        Assert.That(reply["Access-Control-Allow-Origin"], Is.EqualTo(App));
        Assert.That(reply["Vary"], Is.EqualTo("Origin"));
    }

    [Test]
    public async Task A_page_may_read_that_it_was_too_slow()
    {
        var time = new ManualTime();
        await using var server = new TestServer(time: time);
        server.Http.UseCors(Options);
        server.Http.Map("POST /", async request => await request.ReadTextAsync());
        var client = server.Connect();

        await client.AskAsync("/", "POST", $"{Origin(App)}Content-Length: 10\r\n");
        time.AdvanceSeconds(6);
        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Status, Is.EqualTo(408));
        Assert.That(reply["Access-Control-Allow-Origin"], Is.EqualTo(App));
    }

    [Test]
    public async Task A_page_may_read_what_the_error_hook_says()
    {
        await using var server = new TestServer(onError: (_, _) => Response.Text("sorry", 503).With("Vary", "Accept"));
        server.Http.UseCors(Options);
        server.Http.Map("GET /", (Func<Request, Response>)(_ => throw new TimeoutException()));

        var reply = await server.GetAsync("/", Origin(App));

        Assert.That((reply.Status, reply.Text), Is.EqualTo((503, "sorry")));
        Assert.That(reply["Access-Control-Allow-Origin"], Is.EqualTo(App));
        Assert.That(Vary(reply), Is.EqualTo(new[] { "Accept", "Origin" }));
    }

    [Test]
    public async Task A_page_may_read_a_stream_of_events()
    {
        await using var server = new TestServer();
        server.Http.UseCors(Options);
        server.Http.Map("GET /", _ => Response.Events(new[] { new SseItem<string>("a") }.ToAsyncEnumerable()));

        var reply = await server.GetAsync("/", Origin(App));

        Assert.That(reply.Text, Is.EqualTo("data: a\n\n"));
        Assert.That(reply["Access-Control-Allow-Origin"], Is.EqualTo(App));
        Assert.That(reply["Vary"], Is.EqualTo("Origin"));
    }

    [Test]
    public async Task The_answer_to_HEAD_says_the_same()
    {
        await using var server = NewServer(Options);
        var client = server.Connect();

        await client.AskAsync("/", "HEAD", Origin(App));

        Assert.That((await client.ReadReplyAsync(isHead: true))["Access-Control-Allow-Origin"], Is.EqualTo(App));
    }

    [TestCase("Accept-Encoding", new[] { "Accept-Encoding", "Origin" })]
    [TestCase("Accept, origin", new[] { "Accept, origin" })]
    [TestCase("*", new[] { "*" })]
    public async Task What_a_handler_says_of_Vary_stays(string vary, string[] sent)
    {
        await using var server = new TestServer();
        server.Http.UseCors(Options);
        server.Http.Map("GET /value", _ => Response.Text("").With("Vary", vary));
        server.Http.Map("GET /written", (request, response) =>
        {
            response.Headers["Vary"] = vary;
            return response.WriteAsync("x");
        });

        Assert.That(Vary(await server.GetAsync("/value")), Is.EqualTo(sent));
        Assert.That(Vary(await server.GetAsync("/written")), Is.EqualTo(sent));
    }

    [Test]
    public async Task Each_request_of_a_connection_gets_its_own_answer()
    {
        await using var server = NewServer(Options);
        var client = server.Connect();

        var origins = new List<string?>();
        foreach (var origin in new[] { App, null, "http://localhost:3000", "http://evil.example" })
            origins.Add((await client.GetAsync("/", Origin(origin)))["Access-Control-Allow-Origin"]);

        Assert.That(origins, Is.EqualTo(new[] { App, null, "http://localhost:3000", null }));
    }

    [Test]
    public async Task Without_the_middleware_nothing_is_said()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => "hello");

        var reply = await server.GetAsync("/", Origin(App));

        Assert.That(reply.Fields.Select(field => field.Name), Has.None.StartsWith("Access-Control").And.None.EqualTo("Vary"));
    }

    [TestCase(" https://app.example")]
    [TestCase("https://app.example/")]
    [TestCase("https://app.example/page")]
    [TestCase("https://app.example:443")]
    [TestCase("https://user@app.example")]
    [TestCase("HTTPS://app.example")]
    [TestCase("https://App.example")]
    [TestCase("https://*.app.example")]
    [TestCase("https://bücher.example")]
    [TestCase("https:app.example")]
    [TestCase("app.example")]
    [TestCase("//app.example")]
    [TestCase("null")]
    [TestCase("")]
    public void What_no_browser_sends_as_an_origin_is_refused(string origin) =>
        Assert.That(() => new CorsOptions { Origins = [origin] }, Throws.ArgumentException);

    [TestCase("https://app.example:8443")]
    [TestCase("http://127.0.0.1:3000")]
    [TestCase("http://[::1]:3000")]
    [TestCase("https://xn--bcher-kva.example")]
    [TestCase("tauri://localhost")]
    [TestCase("chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb")]
    public void What_browsers_send_as_an_origin_is_taken(string origin) =>
        Assert.That(new CorsOptions { Origins = [origin] }.Origins, Is.EqualTo(new[] { origin }));

    [Test]
    public void Options_that_contradict_themselves_are_refused()
    {
        Assert.That(() => new CorsOptions { Origins = ["*"], Credentials = true }, Throws.ArgumentException);
        Assert.That(() => new CorsOptions { Credentials = true, Origins = ["*"] }, Throws.ArgumentException);
        Assert.That(() => new CorsOptions { Origins = ["*", App] }, Throws.ArgumentException);
        Assert.That(() => new CorsOptions { Origins = [App], Methods = ["GET, PUT"] }, Throws.ArgumentException);
        Assert.That(() => new CorsOptions { Origins = [App], AllowedHeaders = ["*"] }, Throws.ArgumentException);
        Assert.That(() => new CorsOptions { Origins = [App], ExposedHeaders = ["X\r\nY"] }, Throws.ArgumentException);
        Assert.That(() => new CorsOptions { Origins = [App], MaxAge = TimeSpan.FromSeconds(-1) }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new HttpServer().UseCors(new CorsOptions()), Throws.ArgumentException, "nobody is allowed anything");
    }

    private static string Origin(string? origin) => origin is null ? "" : $"Origin: {origin}\r\n";

    private static string[] Vary(Reply reply) => [.. reply.Fields.Where(field => field.Name == "Vary").Select(field => field.Value)];

    private static TestServer NewServer(CorsOptions options)
    {
        var server = new TestServer();
        server.Http.UseCors(options);
        server.Http.Map("GET /", _ => "hello");
        server.Http.Map("GET /fails", (Func<Request, Response>)(_ => throw new InvalidOperationException("on purpose")));
        server.Http.Map("GET /late", (request, response) =>
        {
            response.Headers["Content-Length"] = "5"; // Found to be wrong when the head is about to be sent.
            response.Body.Write(new byte[9]);
            return response.FlushAsync();
        });
        server.Http.Map("GET /bad", (Func<Request, Response>)(_ => throw new BadRequestException("no", 422)));
        server.Http.Map("POST /upload", async request =>
        {
            request.MaxBodySize = 10;
            return await request.ReadTextAsync();
        });
        server.Http.Map("GET /304", _ => Response.Empty(304));
        server.Http.Map("GET /redirect", _ => Response.Redirect("/"));
        return server;
    }
}
