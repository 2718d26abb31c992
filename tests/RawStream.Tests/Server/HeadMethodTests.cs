using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>HEAD has the head that GET would have, and no content (RFC 9110 §9.3.2).</summary>
public sealed class HeadMethodTests
{
    private static readonly string File = typeof(HeadMethodTests).Assembly.Location;

    private TestServer _server = null!;
    private int _endlessEnded;

    [SetUp]
    public void CreateServer()
    {
        _endlessEnded = 0;
        _server = new TestServer(time: new ManualTime());
        var http = _server.Http;
        http.Map("GET /text", _ => "hello");
        http.Map("GET /large", _ => new string('x', 100_000));
        http.Map("GET /json", _ => Response.Json(new Order("a", 1), TestJson.Default.Order));
        http.Map("GET /empty", _ => Response.Empty(200));
        http.Map("GET /204", _ => Response.Empty());
        http.Map("GET /304", _ => Response.Empty(304));
        http.Map("GET /redirect", _ => Response.Redirect("/text"));
        http.Map("GET /file", _ => Response.File(File));
        http.Map("GET /stream", _ => Response.Stream(Ticker.Every(TimeSpan.FromDays(1)).Select(now => "tick")));
        http.Map("GET /declared", async (request, response) =>
        {
            response.Headers["Content-Length"] = "5";
            await response.WriteAsync("hello");
        });
        http.Map("GET /unflushed", (request, response) =>
        {
            "hello"u8.CopyTo(response.Body.GetSpan(5));
            response.Body.Advance(5);
            return default;
        });
        http.Map("GET /chunked", (request, response) => response.WriteAsync("hello"));
        http.Map("GET /endless", async (request, response) =>
        {
            try
            {
                while (true) await response.WriteAsync(new byte[1000]);
            }
            finally
            {
                _endlessEnded++;
            }
        });
    }

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [TestCase("/text")]
    [TestCase("/large")]
    [TestCase("/json")]
    [TestCase("/empty")]
    [TestCase("/204")]
    [TestCase("/304")]
    [TestCase("/redirect")]
    [TestCase("/file")]
    [TestCase("/declared")]
    [TestCase("/unflushed")]
    [TestCase("/chunked")]
    [TestCase("/nowhere")]
    public async Task HEAD_has_the_head_of_GET_and_the_connection_goes_on(string target)
    {
        var client = _server.Connect();
        var get = await client.GetAsync(target);
        await client.AskAsync(target, method: "HEAD");
        var head = await client.ReadReplyAsync(isHead: true);
        var next = await client.GetAsync("/text");

        Assert.That(head.Head, Is.EqualTo(get.Head));
        Assert.That(next.Text, Is.EqualTo("hello"), "no content stood between");
        _server.Log.AssertQuiet();
    }

    [TestCase("/endless")]
    [TestCase("/stream")]
    public async Task HEAD_of_an_endless_stream_ends(string target)
    {
        var client = _server.Connect();

        await client.AskAsync(target, method: "HEAD");
        var head = await client.ReadReplyAsync(isHead: true);
        var next = await client.GetAsync("/text");

        Assert.That(head["Transfer-Encoding"], Is.EqualTo("chunked"));
        Assert.That(next.Text, Is.EqualTo("hello"));
        Assert.That(_endlessEnded, Is.EqualTo(target == "/endless" ? 1 : 0));
        Assert.That(_server.Http.Metrics.RunningHandlers, Is.Zero);
        _server.Log.AssertQuiet();
    }

    [Test]
    public async Task HEAD_beside_a_middleware_has_the_same_head()
    {
        await using var server = new TestServer(time: new ManualTime());
        server.Http.Map("GET /", _ => Response.Text("hello").With("X-A", "1"));
        server.Http.Use(next => async (request, response) =>
        {
            response.Headers["X-Middleware"] = "1";
            await next(request, response);
        });
        var client = server.Connect();

        var get = await client.GetAsync("/");
        await client.AskAsync("/", method: "HEAD");

        Assert.That((await client.ReadReplyAsync(isHead: true)).Head, Is.EqualTo(get.Head));
    }
}
