using System.Net.ServerSentEvents;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>The head of a stream of events: what it says, and when it goes.</summary>
public sealed class EventHeadTests
{
    private static readonly string Event = OnTheWire.Chunk("data: x\n\n");

    private static readonly Dictionary<string, Func<Feed<string>, Response>> Forms = new()
    {
        ["strings"] = feed => Response.Events(feed),
        ["items"] = feed => Response.Events(feed.Select(data => new SseItem<string>(data))),
        ["JSON"] = feed => Response.Events(feed.Select(data => new SseItem<Said>(new("a", data))), EventsJson.Default.Said),
        ["types"] = feed => Response.Events(feed.Select(data => new Said("a", data)), new EventTypes<Said>().Add("said", EventsJson.Default.Said)),
        ["writer"] = feed => Response.Events(async events =>
        {
            await foreach (var data in feed) await events.WriteAsync(data);
        }),
    };

    private TestServer _server = null!;

    [SetUp]
    public void CreateServer() => _server = new TestServer(time: new ManualTime());

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [Test]
    public async Task The_head_says_that_it_is_a_stream_of_events([ValueSource(nameof(FormNames))] string form)
    {
        _server.Http.Map("GET /", _ => Forms[form](new Feed<string>().Give("x").End()));

        var reply = await _server.GetAsync("/");

        Assert.That(reply.Head, Is.EqualTo(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nX-Accel-Buffering: no\r\n" +
            "Date: Fri, 20 Nov 2026 12:00:00 GMT\r\nTransfer-Encoding: chunked"));
    }

    [Test]
    public async Task What_a_middleware_has_set_wins()
    {
        _server.Http.Map("GET /", _ => Response.Events(AsyncEnumerable.Empty<string>()));
        _server.Http.Use(next => (request, response) =>
        {
            response.Headers["cache-control"] = "no-store";
            response.Headers["X-Accel-Buffering"] = "yes";
            return next(request, response);
        });

        var reply = await _server.GetAsync("/");

        Assert.That((reply["Cache-Control"], reply["X-Accel-Buffering"]), Is.EqualTo(("no-store", "yes")));
    }

    [Test]
    public async Task What_the_handler_sets_with_With_wins([Values] bool overMiddleware)
    {
        _server.Http.Map("GET /", _ => Response.Events(AsyncEnumerable.Empty<string>())
            .With("Cache-Control", "private").With("X-Accel-Buffering", "yes").With("Content-Type", "text/event-stream; charset=utf-8"));
        if (overMiddleware)
        {
            _server.Http.Use(next => (request, response) =>
            {
                response.Headers["Cache-Control"] = "no-store";
                return next(request, response);
            });
        }

        var reply = await _server.GetAsync("/");

        Assert.That((reply["Cache-Control"], reply["X-Accel-Buffering"]), Is.EqualTo(("private", "yes")));
        Assert.That(reply["Content-Type"], Is.EqualTo("text/event-stream; charset=utf-8"));
    }

    [Test]
    public async Task The_head_is_there_before_the_first_event([ValueSource(nameof(FormNames))] string form, [Values] bool overSocket)
    {
        var feed = new Feed<string>();
        _server.Http.Map("GET /", _ => Forms[form](feed));
        var client = overSocket ? await _server.ConnectTcpAsync() : _server.Connect();

        await client.AskAsync("/");
        var head = await client.ReadUntilAsync("\r\n\r\n");
        Assert.That(client.IsSilent);
        feed.Give("x").End();

        Assert.That(head, Does.StartWith("HTTP/1.1 200 OK\r\n"));
        Assert.That(await client.ReadUntilAsync(OnTheWire.LastChunk), Does.Contain("data: "));
    }

    [Test]
    public async Task Behind_another_response_the_head_is_there_before_the_first_event([ValueSource(nameof(FormNames))] string form)
    {
        var feed = new Feed<string>();
        _server.Http.Map("GET /text", _ => "hello");
        _server.Http.Map("GET /", _ => Forms[form](feed));
        var client = _server.Connect();

        await client.SendAsync("GET /text HTTP/1.1\r\nHost: test\r\n\r\nGET / HTTP/1.1\r\nHost: test\r\n\r\n");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("hello"));
        Assert.That(await client.ReadUntilAsync("\r\n\r\n"), Does.Contain("text/event-stream"));
        feed.Give("x").End();
        Assert.That(await client.ReadUntilAsync(OnTheWire.LastChunk), Does.Contain("data: "));
    }

    [Test]
    public async Task A_first_event_that_is_ready_goes_with_the_head_in_one_send([ValueSource(nameof(FormNames))] string form)
    {
        using var peer = new FakePeer(Forms[form](new Feed<string>().Give("x")));

        peer.Ask();

        await Patience.UntilAsync(() => peer.Sent.EndsWith("\n\n\r\n", StringComparison.Ordinal), "the event is sent");
        Assert.That(peer.Sent, Does.StartWith("HTTP/1.1 200 OK\r\n"));
        Assert.That(peer.Connection.Sends, Is.EqualTo(1));
    }

    [Test]
    public async Task A_later_event_is_one_send()
    {
        var stream = new HeldStream();
        using var peer = new FakePeer(Response.Events(stream.WriteAsync));
        peer.Ask();
        var events = await stream.Events;

        for (var i = 1; i <= 20; i++)
        {
            var before = (peer.Connection.Sends, peer.Sent.Length);
            await events.WriteAsync(new SseItem<string>($"number {i}\nof 20", "count") { EventId = $"{i}" });
            await Patience.UntilAsync(() => peer.Sent.Length > before.Length, "it is sent");
            Assert.That(peer.Sent[before.Length..], Does.EndWith($"data: number {i}\ndata: of 20\n\n\r\n"));
            Assert.That(peer.Connection.Sends, Is.EqualTo(before.Sends + 1));
        }
        stream.End();
    }

    [Test]
    public async Task HEAD_gets_the_head_and_the_sequence_is_not_touched([ValueSource(nameof(FormNames))] string form)
    {
        var feed = new Feed<string>().Give("x");
        var called = false;
        _server.Http.Map("GET /", _ => form == "writer"
            ? Response.Events(events =>
            {
                called = true;
                return events.WriteAsync("x");
            })
            : Forms[form](feed));
        _server.Http.Map("GET /text", _ => "hello");
        var client = _server.Connect();

        await client.AskAsync("/", method: "HEAD");
        var head = await client.ReadReplyAsync(isHead: true);
        var next = await client.GetAsync("/text");

        Assert.That(head["Content-Type"], Is.EqualTo("text/event-stream"));
        Assert.That(head["Transfer-Encoding"], Is.EqualTo("chunked"));
        Assert.That(next.Text, Is.EqualTo("hello"), "no event stood between");
        Assert.That(feed.Enumerations, Is.Zero);
        Assert.That(called, Is.False);
        _server.Log.AssertQuiet();
    }

    [Test]
    public async Task HTTP_1_0_gets_the_events_without_chunks()
    {
        _server.Http.Map("GET /", _ => Response.Events(new[] { "a", "b\nc" }.ToAsyncEnumerable(), end: "[DONE]"));
        var client = _server.Connect();

        await client.SendAsync("GET / HTTP/1.0\r\nHost: test\r\nConnection: keep-alive\r\n\r\n");
        var reply = await client.ReadReplyAsync();

        Assert.That(reply.IsChunked, Is.False);
        Assert.That(reply["Content-Length"], Is.Null);
        Assert.That(reply.Closes);
        Assert.That(reply.Text, Is.EqualTo("data: a\n\ndata: b\ndata: c\n\ndata: [DONE]\n\n"));
    }

    [Test]
    public async Task An_event_is_there_as_soon_as_it_is_written([Values] bool overSocket)
    {
        var stream = HeldStream.Map(_server);
        var (client, events) = await stream.OpenAsync(_server, overSocket);

        for (var i = 0; i < 100; i++)
        {
            await events.WriteAsync("x");
            Assert.That(await client.ReadTextAsync(Event.Length), Is.EqualTo(Event));
        }
        stream.End();
        Assert.That(await client.ReadUntilAsync(OnTheWire.LastChunk), Is.EqualTo(OnTheWire.LastChunk));
    }

    private static string[] FormNames() => [.. Forms.Keys];
}
