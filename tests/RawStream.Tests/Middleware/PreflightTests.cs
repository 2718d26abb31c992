using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Middleware;

/// <summary>What a browser asks before it sends a request that a form could not have sent (WHATWG Fetch §4.8).</summary>
public sealed class PreflightTests
{
    private const string App = "https://app.example";

    /// <summary>As Chromium sends it.</summary>
    private const string FieldsOfBrowser =
        "Connection: keep-alive\r\nAccept: */*\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: content-type,x-token\r\n" +
        "Origin: https://app.example\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: empty\r\nReferer: https://app.example/\r\n" +
        "User-Agent: Mozilla/5.0\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n";

    [Test]
    public async Task A_route_may_be_used_as_it_can_be()
    {
        await using var server = NewServer(new CorsOptions { Origins = [App], Credentials = true, ExposedHeaders = ["X-Total"] });
        var client = server.Connect();

        await client.AskAsync("/orders/7", "OPTIONS", FieldsOfBrowser);
        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Status, Is.EqualTo(204));
        Assert.That(reply["Access-Control-Allow-Origin"], Is.EqualTo(App));
        Assert.That(reply["Access-Control-Allow-Credentials"], Is.EqualTo("true"));
        Assert.That(reply["Access-Control-Allow-Methods"], Is.EqualTo("GET, HEAD, OPTIONS, PUT"));
        Assert.That(reply["Access-Control-Allow-Headers"], Is.EqualTo("content-type,x-token"));
        Assert.That(reply["Access-Control-Max-Age"], Is.EqualTo("600"));
        Assert.That(reply["Vary"], Is.EqualTo("Origin"));
        Assert.That((await client.GetAsync("/orders/7", $"Origin: {App}\r\n")).Text, Is.EqualTo("order 7"), "the connection goes on");
    }

    [Test]
    public async Task The_options_may_say_what_is_allowed()
    {
        await using var server = NewServer(new CorsOptions
        {
            Origins = [App],
            Methods = ["GET", "PUT"],
            AllowedHeaders = ["Content-Type", "X-Token"],
            MaxAge = TimeSpan.FromHours(2),
        });

        var reply = await AskAsync(server, "/orders/7", FieldsOfBrowser);

        Assert.That(reply["Access-Control-Allow-Methods"], Is.EqualTo("GET, PUT"));
        Assert.That(reply["Access-Control-Allow-Headers"], Is.EqualTo("Content-Type, X-Token"));
        Assert.That(reply["Access-Control-Max-Age"], Is.EqualTo("7200"));
    }

    [Test]
    public async Task With_nothing_asked_for_or_allowed_nothing_is_said()
    {
        await using var server = NewServer(new CorsOptions { Origins = ["*"], AllowedHeaders = [], Methods = [] });
        await using var other = NewServer(new CorsOptions { Origins = ["*"] });

        var none = await AskAsync(server, "/orders/7", FieldsOfBrowser);
        var unasked = await AskAsync(other, "/orders/7", $"Origin: {App}\r\nAccess-Control-Request-Method: PUT\r\n");

        Assert.That(none["Access-Control-Allow-Headers"] ?? none["Access-Control-Allow-Methods"], Is.Null);
        Assert.That(none["Access-Control-Allow-Origin"], Is.EqualTo("*"));
        Assert.That(unasked["Access-Control-Allow-Headers"], Is.Null);
    }

    [Test]
    public async Task Another_origin_is_told_nothing()
    {
        await using var server = NewServer(new CorsOptions { Origins = ["https://other.example"] });

        var reply = await AskAsync(server, "/orders/7", FieldsOfBrowser);

        Assert.That(reply.Status, Is.EqualTo(204));
        Assert.That(reply.Fields.Select(field => field.Name), Has.None.StartsWith("Access-Control"));
        Assert.That(reply["Vary"], Is.EqualTo("Origin"));
    }

    [Test]
    public async Task A_path_without_a_route_is_not_found()
    {
        await using var server = NewServer(new CorsOptions { Origins = [App] });

        var reply = await AskAsync(server, "/nowhere", FieldsOfBrowser);

        Assert.That(reply.Status, Is.EqualTo(404));
        Assert.That(reply["Access-Control-Allow-Origin"], Is.EqualTo(App));
    }

    [TestCase("PUT", "PUT")]
    [TestCase("PUT, DELETE", "PUT, DELETE")]
    [TestCase("<script>", null)]
    public async Task A_route_of_all_methods_allows_what_is_asked_for(string asked, string? allowed)
    {
        await using var server = NewServer(new CorsOptions { Origins = [App] });

        var reply = await AskAsync(server, "/all", $"Origin: {App}\r\nAccess-Control-Request-Method: {asked}\r\n");

        Assert.That(reply.Status, Is.EqualTo(204), "and its handler is not run");
        Assert.That(reply["Access-Control-Allow-Methods"], Is.EqualTo(allowed));
    }

    [TestCase("x-a, x-b", "x-a, x-b")]
    [TestCase("x-a,", null)]
    [TestCase("x a", null)]
    [TestCase("x-a: b", null)]
    [TestCase("\"", null)]
    public async Task Only_names_go_back_to_whoever_asks_for_them(string asked, string? allowed)
    {
        await using var server = NewServer(new CorsOptions { Origins = [App] });

        var reply = await AskAsync(server, "/all", $"Origin: {App}\r\nAccess-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: {asked}\r\n");

        Assert.That(reply["Access-Control-Allow-Headers"], Is.EqualTo(allowed));
    }

    [TestCase("Origin: https://app.example\r\n", Description = "Not a preflight, though of another origin.")]
    [TestCase("Access-Control-Request-Method: PUT\r\n", Description = "No browser: nobody asks for a page.")]
    public async Task OPTIONS_that_is_no_preflight_is_answered_as_ever(string fields)
    {
        await using var server = NewServer(new CorsOptions { Origins = [App] });

        var reply = await AskAsync(server, "/orders/7", fields);

        Assert.That((reply.Status, reply["Allow"]), Is.EqualTo((204, "GET, HEAD, OPTIONS, PUT")));
        Assert.That(reply["Access-Control-Allow-Methods"], Is.Null);
    }

    [Test]
    public async Task It_says_not_who_it_is_and_is_not_asked()
    {
        await using var server = new TestServer();
        server.Http.UseCors(new CorsOptions { Origins = [App] });
        server.Http.Use(next => (request, response) =>
        {
            if (request.Headers.Contains("Authorization")) return next(request, response);
            response.Status = 401;
            return default;
        });
        server.Http.Map("PUT /orders/{id}", _ => "changed");

        Assert.That((await AskAsync(server, "/orders/7", FieldsOfBrowser)).Status, Is.EqualTo(204));
        var refused = await server.GetAsync("/orders/7", $"Origin: {App}\r\n");
        Assert.That((refused.Status, refused["Access-Control-Allow-Origin"]), Is.EqualTo((401, App)), "the page can see why");
    }

    private static async Task<Reply> AskAsync(TestServer server, string target, string fields)
    {
        var client = server.Connect();
        await client.AskAsync(target, "OPTIONS", fields);
        return await client.ReadReplyAsync();
    }

    private static TestServer NewServer(CorsOptions options)
    {
        var server = new TestServer();
        server.Http.UseCors(options);
        server.Http.Map("GET /orders/{id}", request => $"order {request.Route["id"]}");
        server.Http.Map("PUT /orders/{id}", _ => "changed");
        server.Http.Map("/all", (Func<Request, Response>)(_ => throw new InvalidOperationException("A preflight is not for handlers.")));
        return server;
    }
}
