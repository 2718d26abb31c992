using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>What is wrapped around all handlers.</summary>
public sealed class MiddlewareTests
{
    [Test]
    public async Task The_first_one_that_was_added_is_outermost()
    {
        var order = new List<string>();
        await using var server = new TestServer();
        server.Http.Use(Noting("a", order)).Use(Noting("b", order));
        server.Http.Map("GET /", _ =>
        {
            order.Add("handler");
            return "";
        });
        server.Http.Use(Noting("c", order));

        await server.GetAsync("/");

        Assert.That(order, Is.EqualTo(new[] { "a in", "b in", "c in", "handler", "c out", "b out", "a out" }));
    }

    [Test]
    public async Task It_sees_what_no_route_matches()
    {
        var order = new List<string>();
        await using var server = new TestServer();
        server.Http.Use(Noting("a", order));

        Assert.That((await server.GetAsync("/nowhere")).Status, Is.EqualTo(404));
        Assert.That(order, Is.EqualTo(new[] { "a in", "a out" }));
    }

    [Test]
    public async Task It_may_answer_by_itself()
    {
        await using var server = new TestServer();
        server.Http.Use(next => (request, response) =>
        {
            if (request.Headers.Contains("Authorization")) return next(request, response);
            response.Status = 401;
            return default;
        });
        server.Http.Map("GET /", _ => "inside");

        Assert.That((await server.GetAsync("/")).Status, Is.EqualTo(401));
        Assert.That((await server.GetAsync("/", "Authorization: x\r\n")).Text, Is.EqualTo("inside"));
    }

    [Test]
    public async Task It_may_set_fields_and_see_the_status()
    {
        var status = 0;
        await using var server = new TestServer();
        server.Http.Use(next => async (request, response) =>
        {
            response.Headers["Server"] = "RawStream";
            await next(request, response);
            status = response.Status;
        });
        server.Http.Map("GET /", _ => Response.Text("made", 201));

        Assert.That((await server.GetAsync("/"))["Server"], Is.EqualTo("RawStream"));
        Assert.That(status, Is.EqualTo(201));
    }

    [Test]
    public async Task It_may_catch_what_a_handler_throws()
    {
        await using var server = new TestServer();
        server.Http.Use(next => async (request, response) =>
        {
            try
            {
                await next(request, response);
            }
            catch (InvalidOperationException)
            {
                response.Status = 418;
            }
        });
        server.Http.Map("GET /", (Func<Request, Response>)(_ => throw new InvalidOperationException()));

        Assert.That((await server.GetAsync("/")).Status, Is.EqualTo(418));
        server.Log.AssertQuiet();
    }

    [Test]
    public async Task It_and_routes_are_fixed_once_the_server_has_started()
    {
        await using var server = new TestServer();
        server.Connect();

        Assert.That(() => server.Http.Use(next => next), Throws.InvalidOperationException);
        Assert.That(() => server.Http.Map("GET /", _ => ""), Throws.InvalidOperationException);
    }

    private static Func<Handler, Handler> Noting(string name, List<string> order) => next => async (request, response) =>
    {
        order.Add(name + " in");
        await next(request, response);
        order.Add(name + " out");
    };
}
