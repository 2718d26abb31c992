using System.Net.ServerSentEvents;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>What curl -N shows: the events, each as soon as it is written.</summary>
public sealed class CurlTests
{
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer()
    {
        _server = new TestServer();
        _server.Http.Map("GET /two", _ => Response.Events(
            new[] { new("a\nb", "trade") { EventId = "1" }, new SseItem<string>("c") }.ToAsyncEnumerable(), end: "[DONE]", new EventStreamOptions { Retry = TimeSpan.FromSeconds(1) }));
    }

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [TestCase("--http1.1")]
    [TestCase("--http1.0")]
    public async Task It_shows_the_events_as_they_are_on_the_wire(string version)
    {
        using var curl = await CurlAsync("/two", version);

        Assert.That(await curl.ReadToEndAsync(), Is.EqualTo("retry: 1000\n\nid: 1\nevent: trade\ndata: a\ndata: b\n\ndata: c\n\ndata: [DONE]\n\n"));
        await curl.AssertSucceedsAsync();
    }

    [Test]
    public async Task It_shows_each_event_when_it_is_written()
    {
        var feed = new Feed<string>();
        _server.Http.Map("GET /", _ => Response.Events(feed));
        using var curl = await CurlAsync("/", "--http1.1");

        for (var i = 0; i < 3; i++)
        {
            feed.Give($"event {i}");
            Assert.That(await curl.ReadLineAsync(), Is.EqualTo($"data: event {i}"));
            Assert.That(await curl.ReadLineAsync(), Is.Empty);
        }
        feed.End();

        Assert.That(await curl.ReadLineAsync(), Is.Null);
        await curl.AssertSucceedsAsync();
    }

    [Test]
    public async Task It_can_tell_a_broken_stream_from_one_that_has_ended()
    {
        _server.Http.Map("GET /", _ => Response.Events(new Feed<string>().Give("x").End(new InvalidDataException("on purpose"))));
        using var curl = await CurlAsync("/", "--http1.1");

        Assert.That(await curl.ReadToEndAsync(), Is.EqualTo("data: x\n\n"));
        Assert.That(await curl.WaitForExitAsync(Patience.Limit), Is.Not.Zero);
    }

    [Test]
    public async Task It_gets_the_head_alone_when_it_wants_no_more()
    {
        using var curl = await CurlAsync("/two", "--head");

        Assert.That(await curl.ReadToEndAsync(), Does.StartWith("HTTP/1.1 200 OK").And.Contains("text/event-stream").And.Not.Contains("data:"));
        await curl.AssertSucceedsAsync();
    }

    [Test]
    public async Task When_it_is_stopped_the_sequence_is_disposed_of()
    {
        var feed = new Feed<string>().Give("x");
        _server.Http.Map("GET /", _ => Response.Events(feed));
        using (var curl = await CurlAsync("/", "--http1.1"))
            await curl.ReadLineAsync();

        await feed.Cancelled.WaitAsync();
        await feed.Disposed.WaitAsync();
        _server.Log.AssertQuiet();
    }

    private async Task<ForeignClient> CurlAsync(string target, string option)
    {
        await _server.StartAsync();
        return ForeignClient.Start("curl", folder: null, "-sN", "--noproxy", "*", option, $"http://127.0.0.1:{_server.Http.Port}{target}");
    }
}
