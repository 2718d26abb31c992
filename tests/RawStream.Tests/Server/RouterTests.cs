using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>Which handler a request finds.</summary>
public sealed class RouterTests
{
    private static readonly string[] Patterns =
    [
        "GET /",
        "GET /orders",
        "POST /orders",
        "GET /orders/new",
        "GET /orders/{id}",
        "DELETE /orders/{id}",
        "GET /orders/{id}/items/{item}",
        "GET /orders/{id}/{*rest}",
        "GET /files/{*path}",
        "GET /a b",
        "GET /ü",
        "GET /slash/",
        "PURGE /cache",
        "/any",
        "/any/{name}",
        "GET /any/get",
    ];

    private TestServer _server = null!;

    [OneTimeSetUp]
    public void CreateServer()
    {
        _server = new TestServer();
        foreach (var pattern in Patterns)
        {
            _server.Http.Map(pattern, request => $"{pattern}|{string.Join(',', request.Route.Select(pair => $"{pair.Key}={pair.Value}"))}");
        }
    }

    [OneTimeTearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [TestCase("/", "GET /|")]
    [TestCase("/?x=1", "GET /|")]
    [TestCase("/orders", "GET /orders|")]
    [TestCase("/orders/new", "GET /orders/new|")]
    [TestCase("/orders/42", "GET /orders/{id}|id=42")]
    [TestCase("/orders/News", "GET /orders/{id}|id=News")]
    [TestCase("/orders/42/items/7", "GET /orders/{id}/items/{item}|id=42,item=7")]
    [TestCase("/orders/42/items", "GET /orders/{id}/{*rest}|id=42,rest=items")]
    [TestCase("/orders/42/items/7/8", "GET /orders/{id}/{*rest}|id=42,rest=items/7/8")]
    [TestCase("/orders/42/", "GET /orders/{id}/{*rest}|id=42,rest=")]
    [TestCase("/files/", "GET /files/{*path}|path=")]
    [TestCase("/files/a/b.txt", "GET /files/{*path}|path=a/b.txt")]
    [TestCase("/files//a/", "GET /files/{*path}|path=/a/")]
    [TestCase("/slash/", "GET /slash/|")]
    [TestCase("/any/get", "GET /any/get|")]
    [TestCase("/any/other", "/any/{name}|name=other")]
    public async Task The_most_literal_pattern_answers(string target, string expected) =>
        Assert.That((await _server.GetAsync(target)).Text, Is.EqualTo(expected));

    [TestCase("/%6Frders", "GET /orders|")]
    [TestCase("/orders/%6Eew", "GET /orders/new|")]
    [TestCase("/a%20b", "GET /a b|")]
    [TestCase("/orders/a%2Fb", "GET /orders/{id}|id=a/b")]
    [TestCase("/orders/a%25b", "GET /orders/{id}|id=a%b")]
    [TestCase("/orders/a+b", "GET /orders/{id}|id=a+b")]
    [TestCase("/files/%2e%2e/x", "GET /files/{*path}|path=../x")]
    public async Task Paths_are_compared_decoded_segment_by_segment(string target, string expected) =>
        Assert.That((await _server.GetAsync(target)).Text, Is.EqualTo(expected));

    [Test]
    public async Task Paths_beyond_ASCII_are_compared_as_UTF_8() =>
        Assert.That((await _server.GetAsync("/%C3%BC")).Text, Is.EqualTo(System.Text.Encoding.Latin1.GetString("GET /ü|"u8)));

    [TestCase("/nowhere")]
    [TestCase("/orders/")]
    [TestCase("/Orders")]
    [TestCase("//")]
    [TestCase("/slash")]
    [TestCase("/any/other/more")]
    [TestCase("/files")]
    public async Task Another_path_is_a_404(string target)
    {
        var reply = await _server.GetAsync(target);

        Assert.That(reply.Status, Is.EqualTo(404));
        Assert.That(reply["Content-Type"], Does.StartWith("text/plain"));
    }

    [TestCase("PUT", "/orders", "GET, HEAD, OPTIONS, POST")]
    [TestCase("POST", "/orders/42", "DELETE, GET, HEAD, OPTIONS")]
    [TestCase("GET", "/cache", "OPTIONS, PURGE")]
    [TestCase("HEAD", "/cache", "OPTIONS, PURGE")]
    [TestCase("PURGE", "/orders", "GET, HEAD, OPTIONS, POST")]
    public async Task Another_method_is_a_405_with_those_that_are_allowed(string method, string target, string allow)
    {
        var reply = await AskAsync(method, target);

        Assert.That(reply.Status, Is.EqualTo(405));
        Assert.That(reply["Allow"], Is.EqualTo(allow));
    }

    [TestCase("BREW", "/orders")]
    [TestCase("BREW", "/nowhere")]
    [TestCase("get", "/orders")]
    public async Task A_method_that_nobody_knows_is_a_501(string method, string target) =>
        Assert.That((await AskAsync(method, target)).Status, Is.EqualTo(501));

    [Test]
    public async Task A_method_of_one_s_own_is_routed() =>
        Assert.That((await AskAsync("PURGE", "/cache")).Text, Is.EqualTo("PURGE /cache|"));

    [TestCase("GET")]
    [TestCase("POST")]
    [TestCase("OPTIONS")]
    [TestCase("BREW")]
    public async Task A_pattern_without_a_method_answers_all(string method)
    {
        Assert.That((await AskAsync(method, "/any")).Text, Is.EqualTo("/any|"));
        Assert.That((await AskAsync("HEAD", "/any")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task OPTIONS_tells_what_a_path_allows()
    {
        var reply = await AskAsync("OPTIONS", "/orders");

        Assert.That(reply.Status, Is.EqualTo(204));
        Assert.That(reply["Allow"], Is.EqualTo("GET, HEAD, OPTIONS, POST"));
        Assert.That((await AskAsync("OPTIONS", "/nowhere")).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task OPTIONS_of_a_star_tells_what_the_server_knows()
    {
        var reply = await AskAsync("OPTIONS", "*");

        Assert.That(reply.Status, Is.EqualTo(204));
        Assert.That(reply["Allow"], Is.EqualTo("DELETE, GET, HEAD, OPTIONS, POST, PURGE"));
    }

    [Test]
    public async Task HEAD_is_answered_by_GET_and_may_have_a_handler_of_its_own()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => "get");
        server.Http.Map("GET /own", _ => "get");
        server.Http.Map("HEAD /own", _ => Response.Empty(200).With("X-Own", "1"));
        var client = server.Connect();

        await client.AskAsync("/", method: "HEAD");
        var byGet = await client.ReadReplyAsync(isHead: true);
        await client.AskAsync("/own", method: "HEAD");
        var own = await client.ReadReplyAsync(isHead: true);

        Assert.That(byGet["Content-Length"], Is.EqualTo("3"));
        Assert.That(own["X-Own"], Is.EqualTo("1"));
    }

    [Test]
    public async Task OPTIONS_may_have_a_handler_of_its_own()
    {
        await using var server = new TestServer();
        server.Http.Map("OPTIONS /", _ => "own");
        var client = server.Connect();

        await client.AskAsync("/", method: "OPTIONS");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("own"));
    }

    [TestCase("")]
    [TestCase("GET")]
    [TestCase("GET orders")]
    [TestCase("GET  /orders")]
    [TestCase(" /orders")]
    [TestCase("G@T /")]
    [TestCase("GET /a{id}")]
    [TestCase("GET /{id}b")]
    [TestCase("GET /{")]
    [TestCase("GET /}")]
    [TestCase("GET /{}")]
    [TestCase("GET /{*}")]
    [TestCase("GET /{a b}")]
    [TestCase("GET /{*rest}/more")]
    [TestCase("GET /{id}/{id}")]
    [TestCase("GET /{id}/{*id}")]
    public void A_malformed_pattern_is_refused_by_name(string pattern) =>
        Assert.That(() => new HttpServer().Map(pattern, _ => ""), Throws.ArgumentException.With.Message.Contains($"'{pattern}'"));

    [TestCase("GET /a", "GET /a")]
    [TestCase("/a", "/a")]
    [TestCase("GET /{id}", "GET /{name}")]
    [TestCase("GET /{*a}", "GET /{*b}")]
    public void A_pattern_that_is_mapped_already_is_refused(string first, string second)
    {
        var server = new HttpServer();
        server.Map(first, _ => "");

        Assert.That(() => server.Map(second, _ => ""), Throws.ArgumentException);
    }

    /// <summary>The names are each pattern's own, though the paths are the same.</summary>
    [Test]
    public async Task Two_methods_of_one_path_may_name_its_parts_differently()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /{id}", request => request.Route["id"]);
        server.Http.Map("DELETE /{name}", request => request.Route["name"]);
        var client = server.Connect();

        Assert.That((await client.GetAsync("/x")).Text, Is.EqualTo("x"));
        await client.AskAsync("/x", method: "DELETE");
        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("x"));
    }

    private async Task<Reply> AskAsync(string method, string target)
    {
        var client = _server.Connect();
        await client.AskAsync(target, method);
        return await client.ReadReplyAsync(isHead: method == "HEAD");
    }
}
