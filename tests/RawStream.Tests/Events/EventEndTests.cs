using System.Net.ServerSentEvents;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>How a stream ends: by itself, by a failure, by the client, by the server. Only the first one is a whole response with its last event.</summary>
public sealed class EventEndTests
{
    private const string Done = "data: [DONE]\n\n";

    private static readonly string First = OnTheWire.Chunk("data: first\n\n");

    private static readonly Dictionary<string, Func<Feed<string>, Response>> Forms = new()
    {
        ["strings"] = feed => Response.Events(feed, end: "[DONE]"),
        ["items"] = feed => Response.Events(feed.Select(data => new SseItem<string>(data)), end: "[DONE]"),
        ["JSON"] = feed => Response.Events(feed.Select(_ => new SseItem<int[]>([])), EventsJson.Default.Int32Array, end: "[DONE]"),
        ["types"] = feed => Response.Events(feed.Select(_ => Array.Empty<int>()), new EventTypes<int[]>().Add("message", EventsJson.Default.Int32Array), end: "[DONE]"),
    };

    private ManualTime _time = null!;
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer()
    {
        _time = new ManualTime();
        _server = new TestServer(time: _time);
    }

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [Test]
    public async Task A_sequence_that_ends_by_itself_has_the_last_event([ValueSource(nameof(FormNames))] string form, [Values(0, 3)] int events)
    {
        _server.Http.Map("GET /", _ => Forms[form](new Feed<string>().Give(Enumerable.Repeat("x", events)).End()));

        var reply = await _server.GetAsync("/");

        Assert.That(reply.Chunks, Has.Count.EqualTo(events + 1));
        Assert.That(reply.Chunks[^1], Is.EqualTo(Done), "as it is, not as JSON");
    }

    [Test]
    public async Task Without_a_last_event_there_is_none()
    {
        _server.Http.Map("GET /", _ => Response.Events(new Feed<string>().Give("first").End()));

        Assert.That((await _server.GetAsync("/")).Chunks, Is.EqualTo(new[] { "data: first\n\n" }));
    }

    [Test]
    public async Task A_sequence_that_throws_has_neither_the_last_event_nor_the_last_chunk([ValueSource(nameof(FormNames))] string form)
    {
        var feed = new Feed<string>().Give("first").End(new InvalidDataException("on purpose"));
        _server.Http.Map("GET /", _ => Forms[form](feed));
        var client = _server.Connect();

        await client.AskAsync("/");
        var received = await client.ReadToEndAsync();

        Assert.That(received, Does.Contain("data: ").And.Not.Contains("[DONE]").And.Not.EndsWith(OnTheWire.LastChunk));
        Assert.That(feed.Disposed.HasCome);
        Assert.That(_server.Log.Lines.Single(line => line.Exception is not null).Exception, Is.InstanceOf<InvalidDataException>());
    }

    [Test]
    public async Task A_sequence_that_throws_first_is_a_500()
    {
        _server.Http.Map("GET /", _ => Response.Events(new Feed<string>().End(new InvalidDataException("on purpose")), end: "[DONE]"));

        Assert.That((await _server.GetAsync("/")).Status, Is.EqualTo(500));
    }

    [Test]
    public async Task When_the_client_leaves_the_sequence_is_cancelled_and_disposed_of(
        [ValueSource(nameof(FormNames))] string form, [Values] bool overSocket, [Values] bool byReset, [Values] bool endsQuietly)
    {
        var feed = new Feed<string>(endsQuietly).Give("first");
        _server.Http.Map("GET /", _ => Forms[form](feed));
        var client = overSocket ? await _server.ConnectTcpAsync() : _server.Connect();
        await client.AskAsync("/");
        await client.ReadUntilAsync("\n\n\r\n");
        Assert.That(feed.Cancelled.HasCome || feed.Disposed.HasCome, Is.False);

        if (byReset) client.Abort();
        else await client.DisposeAsync();

        await feed.Cancelled.WaitAsync();
        await feed.Disposed.WaitAsync();
        await _server.UntilIdleAsync();
        _server.Log.AssertQuiet();
    }

    [Test]
    public async Task A_sequence_that_is_not_read_on_because_the_client_is_slow_is_disposed_of_when_it_leaves([Values] bool overSocket)
    {
        var endless = new Feed<string>();
        _server.Http.Map("GET /", _ => Response.Events(endless.Give(Enumerable.Repeat(new string('x', 10_000), 2000)), end: "[DONE]"));
        var client = overSocket ? await _server.ConnectTcpAsync() : _server.Connect();
        await client.AskAsync("/");
        await client.ReadUntilAsync("data: ");

        client.Abort();

        await endless.Disposed.WaitAsync();
        await _server.UntilIdleAsync();
        _server.Log.AssertQuiet();
    }

    /// <summary>A client that has only closed its sending side can see what it is told: not that all is done.</summary>
    [Test]
    public async Task A_sequence_that_ends_because_the_client_leaves_has_no_last_event([ValueSource(nameof(FormNames))] string form, [Values] bool overSocket)
    {
        _server.Http.Map("GET /", _ => Forms[form](new Feed<string>(endsQuietly: true).Give("first")));
        var client = overSocket ? await _server.ConnectTcpAsync() : _server.Connect();
        await client.AskAsync("/");
        await client.ReadUntilAsync("\n\n\r\n");

        client.Finish();

        Assert.That(await client.ReadToEndAsync(), Is.EqualTo(OnTheWire.LastChunk));
        _server.Log.AssertQuiet();
    }

    [Test]
    public async Task A_sequence_that_ends_because_the_server_stops_has_no_last_event([Values] bool endsQuietly)
    {
        var feed = new Feed<string>(endsQuietly).Give("first");
        _server.Http.Map("GET /", _ => Response.Events(feed, end: "[DONE]"));
        var client = _server.Connect();
        await client.AskAsync("/");
        await client.ReadUntilAsync(First);

        var stopping = _server.Http.StopAsync();
        await _time.WaitForTimersAsync(2);
        _time.AdvanceSeconds(1);

        Assert.That(await client.ReadToEndAsync(), Does.Match(@"^[0-9a-f]+\r\nretry: \d+\n\n\r\n0\r\n\r\n$"));
        Assert.That(feed.Disposed.HasCome);
        await client.DisposeAsync();
        await stopping.Within();
        _server.Log.AssertQuiet();
    }

    /// <summary>While the server waits for its handlers they can finish.</summary>
    [Test]
    public async Task A_sequence_that_ends_by_itself_while_the_server_stops_has_its_last_event()
    {
        var feed = new Feed<string>().Give("first");
        _server.Http.Map("GET /", _ => Response.Events(feed, end: "[DONE]"));
        var client = _server.Connect();
        await client.AskAsync("/");
        await client.ReadUntilAsync(First);

        var stopping = _server.Http.StopAsync();
        await _time.WaitForTimersAsync(2);
        feed.End();

        Assert.That(await client.ReadToEndAsync(), Is.EqualTo(OnTheWire.Chunk(Done) + OnTheWire.LastChunk));
        await client.DisposeAsync();
        await stopping.Within();
    }

    [Test]
    public async Task A_callback_that_throws_breaks_the_stream()
    {
        _server.Http.Map("GET /", _ => Response.Events(async events =>
        {
            await events.WriteAsync("first");
            throw new InvalidDataException("on purpose");
        }));
        var client = _server.Connect();

        await client.AskAsync("/");

        Assert.That(await client.ReadToEndAsync(), Does.EndWith("\r\n\r\n" + First), "no last chunk");
    }

    private static string[] FormNames() => [.. Forms.Keys];
}
