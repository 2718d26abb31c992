using NUnit.Framework;
using RawStream.Tests.Events;
using RawStream.Tests.Support;

namespace RawStream.Tests.Coding;

/// <summary>A coder holds native memory: there is one when it is needed, and none after the response.</summary>
public sealed class CoderLifetimeTests
{
    private const string Accepts = "Accept-Encoding: br\r\n";

    private TestServer _server = null!;
    private CountingCoding _coding = null!;

    [SetUp]
    public void CreateServer()
    {
        _server = new TestServer();
        _coding = CountingCoding.UseIn(_server.Http);
    }

    [TearDown]
    public async Task CloseServer()
    {
        await _server.UntilIdleAsync();
        Assert.That(_coding.Open, Is.Zero, "all coders are disposed of");
        await _server.DisposeAsync();
    }

    [Test]
    public async Task A_response_that_is_kept_is_coded_once_for_all()
    {
        Response kept = Coded.Words;
        Response noise = Response.Text(string.Concat(Enumerable.Range(0x21, 94).Select(i => (char)i)));
        _server.Http.Map("GET /", _ => kept).Map("GET /noise", _ => noise);

        var replies = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            replies.Add((await AskAsync("/", Accepts)).Text);
            await AskAsync("/noise", Accepts);
        }

        Assert.That(_coding.Made, Is.EqualTo(2));
        Assert.That(replies.Distinct().Count(), Is.EqualTo(1));
        Assert.That((await AskAsync("/", "Accept-Encoding: gzip\r\n"))["Content-Encoding"], Is.EqualTo("gzip"));
        Assert.That(_coding.Made, Is.EqualTo(3));
    }

    [Test]
    public async Task A_response_that_is_not_coded_has_none()
    {
        _server.Http.Map("GET /short", _ => "x").Map("GET /words", _ => Coded.Words).Map("GET /stream", _ => Response.Stream(new[] { "a" }.ToAsyncEnumerable()));

        await AskAsync("/short", Accepts);
        await AskAsync("/words", "");
        await AskAsync("/stream", "");

        Assert.That(_coding.Made, Is.Zero);
    }

    [Test]
    public async Task A_stream_that_has_said_nothing_yet_has_none()
    {
        var feed = new Feed<string>();
        _server.Http.Map("GET /", _ => Response.Events(feed));
        await using var client = _server.Connect();
        await client.AskAsync("/", fields: Accepts);
        await client.ReadUntilAsync("\r\n\r\n");

        Assert.That(_coding.Made, Is.Zero);
        feed.Give("x");
        await client.ReadLineAsync();
        Assert.That(_coding.Made, Is.EqualTo(1));
        feed.End();
    }

    [Test]
    public async Task It_ends_when_the_handler_fails()
    {
        _server.Http.Map("GET /", async (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            await response.WriteAsync("x");
            throw new InvalidOperationException("on purpose");
        });
        await using var client = _server.Connect();
        await client.AskAsync("/", fields: Accepts);
        await client.ReadToEndAsync();

        Assert.That(_coding.Made, Is.EqualTo(1));
    }

    [Test]
    public async Task It_ends_when_the_client_leaves()
    {
        var feed = new Feed<string>().Give("x");
        _server.Http.Map("GET /", _ => Response.Events(feed));
        await using var client = _server.Connect();
        await client.AskAsync("/", fields: Accepts);
        await client.ReadUntilAsync("\r\n\r\n");
        await client.ReadLineAsync();
        client.Abort();

        await feed.Disposed.WaitAsync();
        Assert.That(_coding.Made, Is.EqualTo(1));
    }

    [Test]
    public async Task A_large_write_that_is_left_pending_keeps_it_to_its_end()
    {
        var noise = new byte[4_000_000];
        new Random(1).NextBytes(noise);
        Task pending = Task.CompletedTask;
        _server.Http.Map("GET /", async (_, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            await response.FlushAsync();
            pending = response.WriteAsync(noise).AsTask();
        });
        await using var client = _server.Connect();
        await client.AskAsync("/", fields: Accepts);
        client.Abort();

        await ((Task)pending.Within()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _server.UntilIdleAsync();
        Assert.That(_coding.Made, Is.EqualTo(1));
    }

    [Test]
    public async Task The_request_for_a_head_needs_none_for_a_stream()
    {
        _server.Http.Map("GET /", _ => Response.Stream(new[] { "a" }.ToAsyncEnumerable()));
        await using var client = _server.Connect();
        await client.AskAsync("/", "HEAD", Accepts);

        Assert.That((await client.ReadReplyAsync(isHead: true))["Content-Encoding"], Is.EqualTo("br"));
        Assert.That(_coding.Made, Is.Zero);
    }

    private async Task<Reply> AskAsync(string target, string fields)
    {
        await using var client = TestClient.InMemory(_server.Http);
        return await client.GetAsync(target, fields);
    }
}
