using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>What a client sees, and what is logged, when a handler fails.</summary>
public sealed class ErrorTests
{
    private const int HandlerFailed = 30;
    private const int ErrorHookFailed = 31;

    private static Exception OnPurpose => new InvalidOperationException("secret detail");

    private static readonly Dictionary<string, Handler> Failures = new()
    {
        ["at once"] = (request, response) => throw OnPurpose,
        ["later"] = async (request, response) =>
        {
            await Task.Yield();
            throw OnPurpose;
        },
        ["after fields and unflushed content"] = (request, response) =>
        {
            response.Status = 201;
            response.Headers["X-A"] = "1";
            response.Trailers["X-B"] = "1";
            response.Body.GetSpan(5).Fill((byte)'x');
            response.Body.Advance(5);
            throw OnPurpose;
        },
    };

    [TestCase("at once")]
    [TestCase("later")]
    [TestCase("after fields and unflushed content")]
    public async Task A_failure_before_the_head_is_a_500_that_tells_nothing_and_the_connection_goes_on(string failure)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", Failures[failure]);
        server.Http.Map("GET /fine", _ => "fine");
        var client = server.Connect();

        var reply = await client.GetAsync("/");
        var next = await client.GetAsync("/fine");

        Assert.That(reply.Status, Is.EqualTo(500));
        Assert.That(reply.Head + reply.Text, Does.Not.Contain("secret").And.Not.Contain("   at "));
        Assert.That(reply["X-A"], Is.Null);
        Assert.That(next.Text, Is.EqualTo("fine"));
        var line = server.Log.Lines.Single(line => line.Level == LogLevel.Error);
        Assert.That(line.Id, Is.EqualTo(HandlerFailed));
        Assert.That(line.Text, Does.Contain("GET /"));
        Assert.That(line.Exception!.Message, Is.EqualTo("secret detail"));
    }

    [TestCase(null)]
    [TestCase("10")]
    public async Task A_failure_half_way_ends_the_connection_without_the_end_of_the_response(string? length)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", async (request, response) =>
        {
            if (length is not null) response.Headers["Content-Length"] = length;
            await response.WriteAsync("part");
            throw OnPurpose;
        });
        var client = server.Connect();

        await client.AskAsync("/");
        var all = await client.ReadToEndAsync();

        Assert.That(all, Does.EndWith(length is null ? "\r\n\r\n4\r\npart\r\n" : "\r\n\r\npart"));
        Assert.That(server.Log.Lines.Select(line => line.Id), Does.Contain(HandlerFailed));
    }

    [Test]
    public async Task A_failure_in_an_open_chunk_does_not_send_that()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", async (request, response) =>
        {
            await response.WriteAsync("part");
            response.Body.GetSpan(5).Fill((byte)'x');
            response.Body.Advance(5);
            throw OnPurpose;
        });
        var client = server.Connect();

        await client.AskAsync("/");

        Assert.That(await client.ReadToEndAsync(), Does.EndWith("\r\n\r\n4\r\npart\r\n"));
    }

    [Test]
    public async Task A_sequence_that_fails_half_way_ends_without_the_last_chunk()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Stream(FailAfterOne()));
        var client = server.Connect();

        await client.AskAsync("/");

        Assert.That(await client.ReadToEndAsync(), Does.EndWith("\r\n\r\n3\r\none\r\n"));
    }

    [TestCase(400, "HTTP/1.1 400 Bad Request")]
    [TestCase(422, "HTTP/1.1 422 Unprocessable Content")]
    public async Task BadRequestException_is_the_client_s_answer_and_no_error(int status, string line)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", (Func<Request, Response>)(_ => throw new BadRequestException("The colour is unknown.", status, OnPurpose)));

        var reply = await server.GetAsync("/");

        Assert.That(reply.Head, Does.StartWith(line));
        Assert.That(reply.Text, Is.EqualTo("The colour is unknown.\n"));
        Assert.That(reply.Closes);
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [TestCase(399)]
    [TestCase(500)]
    public void BadRequestException_is_from_400_to_499(int status) =>
        Assert.That(() => new BadRequestException("", status), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public async Task OperationCanceledException_of_the_handler_s_own_is_a_500()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", (Func<Request, Response>)(_ => throw new OperationCanceledException()));

        Assert.That((await server.GetAsync("/")).Status, Is.EqualTo(500));
        Assert.That(server.Log.Lines.Select(line => line.Id), Does.Contain(HandlerFailed));
    }

    [Test]
    public async Task OperationCanceledException_after_Aborted_is_no_error()
    {
        await using var server = new TestServer();
        var started = new Signal();
        server.Http.Map("GET /", async (request, response) =>
        {
            started.Set();
            await Task.Delay(Timeout.Infinite, request.Aborted);
        });
        var client = server.Connect();
        await client.AskAsync("/");
        await started.WaitAsync();

        client.Finish();

        Assert.That(await client.ReadToEndAsync(), Is.Empty);
        await server.UntilIdleAsync();
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task OnError_is_told_after_the_log_and_its_response_is_sent()
    {
        var linesBefore = -1;
        (string, Exception)? told = null;
        TestServer server = null!;
        server = new TestServer(onError: (request, exception) =>
        {
            linesBefore = server.Log.Lines.Count(line => line.Level == LogLevel.Error);
            told = (request.Path, exception);
            return Response.Text("sorry", 503);
        });
        server.Http.Map("GET /path", Failures["later"]);

        var reply = await server.GetAsync("/path");
        await server.DisposeAsync();

        Assert.That(reply.Status, Is.EqualTo(503));
        Assert.That(reply.Text, Is.EqualTo("sorry"));
        Assert.That(told?.Item1, Is.EqualTo("/path"));
        Assert.That(told?.Item2.Message, Is.EqualTo("secret detail"));
        Assert.That(linesBefore, Is.EqualTo(1));
    }

    [Test]
    public async Task OnError_may_leave_it_at_the_default()
    {
        await using var server = new TestServer(onError: (_, _) => null);
        server.Http.Map("GET /", Failures["at once"]);
        server.Http.Map("GET /bad", (Func<Request, Response>)(_ => throw new BadRequestException("no")));

        Assert.That((await server.GetAsync("/")).Text, Is.EqualTo("Internal Server Error\n"));
        Assert.That((await server.GetAsync("/bad")).Status, Is.EqualTo(400));
    }

    [Test]
    public async Task OnError_may_answer_for_a_bad_request_too()
    {
        await using var server = new TestServer(onError: (_, exception) => exception is BadRequestException ? Response.Text("teapot", 418) : null);
        server.Http.Map("GET /", (Func<Request, Response>)(_ => throw new BadRequestException("no")));

        Assert.That((await server.GetAsync("/")).Status, Is.EqualTo(418));
    }

    [Test]
    public async Task OnError_is_told_of_a_failure_half_way_but_cannot_answer_it()
    {
        var told = 0;
        await using var server = new TestServer(onError: (_, _) =>
        {
            told++;
            return "too late";
        });
        server.Http.Map("GET /", async (request, response) =>
        {
            await response.WriteAsync("part");
            throw OnPurpose;
        });
        var client = server.Connect();

        await client.AskAsync("/");

        Assert.That(await client.ReadToEndAsync(), Does.EndWith("4\r\npart\r\n"));
        Assert.That(told, Is.EqualTo(1));
    }

    [Test]
    public async Task OnError_that_fails_itself_is_logged_and_the_default_is_sent()
    {
        await using var server = new TestServer(onError: (_, _) => throw new InvalidOperationException("hook"));
        server.Http.Map("GET /", Failures["at once"]);

        Assert.That((await server.GetAsync("/")).Status, Is.EqualTo(500));
        Assert.That(server.Log.Lines.Select(line => line.Id), Does.Contain(ErrorHookFailed));
    }

    [Test]
    public async Task OnError_whose_response_fails_is_logged_and_the_connection_ends()
    {
        await using var server = new TestServer(onError: (_, _) => Response.Stream(FailAfterOne()));
        server.Http.Map("GET /", Failures["at once"]);
        var client = server.Connect();

        await client.AskAsync("/");

        Assert.That(await client.ReadToEndAsync(), Does.EndWith("3\r\none\r\n"));
        Assert.That(server.Log.Lines.Select(line => line.Id), Does.Contain(ErrorHookFailed));
    }

    [Test]
    public async Task A_failure_that_leaves_the_body_unread_keeps_the_connection()
    {
        await using var server = new TestServer();
        server.Http.Map("POST /", Failures["at once"]);
        server.Http.Map("GET /fine", _ => "fine");
        var client = server.Connect();

        Assert.That((await client.PostAsync("/", "unread")).Status, Is.EqualTo(500));
        Assert.That((await client.GetAsync("/fine")).Text, Is.EqualTo("fine"));
    }

    private static async IAsyncEnumerable<string> FailAfterOne()
    {
        yield return "one";
        await Task.Yield();
        throw OnPurpose;
    }
}
