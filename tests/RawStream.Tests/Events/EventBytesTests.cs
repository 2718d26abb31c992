using System.Net.ServerSentEvents;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>An event on the wire, to the byte (WHATWG HTML §9.2.5). One event is one chunk.</summary>
public sealed class EventBytesTests
{
    private static readonly Dictionary<string, (SseItem<string> Item, string Text)> Cases = new()
    {
        ["data"] = (new("hello"), "data: hello\n\n"),
        ["empty data"] = (new(""), "data: \n\n"),
        ["a leading space"] = (new(" x"), "data:  x\n\n"),
        ["a leading colon"] = (new(":x"), "data: :x\n\n"),
        ["what looks like a field"] = (new("id: 1\nevent: x"), "data: id: 1\ndata: event: x\n\n"),
        ["LF"] = (new("a\nb"), "data: a\ndata: b\n\n"),
        ["CR"] = (new("a\rb"), "data: a\ndata: b\n\n"),
        ["CRLF"] = (new("a\r\nb"), "data: a\ndata: b\n\n"),
        ["LF CR"] = (new("a\n\rb"), "data: a\ndata: \ndata: b\n\n"),
        ["a mix of line ends"] = (new("a\rb\nc\r\nd\r\r\ne"), "data: a\ndata: b\ndata: c\ndata: d\ndata: \ndata: e\n\n"),
        ["LF at the end"] = (new("a\n"), "data: a\ndata: \n\n"),
        ["CR at the end"] = (new("a\r"), "data: a\ndata: \n\n"),
        ["CRLF at the end"] = (new("a\r\n"), "data: a\ndata: \n\n"),
        ["line ends only"] = (new("\n\n"), "data: \ndata: \ndata: \n\n"),
        ["a blank line inside"] = (new("a\n\nb"), "data: a\ndata: \ndata: b\n\n"),
        ["NUL in data"] = (new("a\0b"), "data: a\0b\n\n"),
        ["beyond ASCII"] = (new("é€😀\u2028\uFEFF\u0085"), "data: é€😀\u2028\uFEFF\u0085\n\n"),
        ["a lone surrogate"] = (new("a\uD800b\uDC00"), "data: a\uFFFDb\uFFFD\n\n"),
        ["a type"] = (new("x", "trade"), "event: trade\ndata: x\n\n"),
        ["a type with spaces"] = (new("x", " a b "), "event:  a b \ndata: x\n\n"),
        ["a type beyond ASCII"] = (new("x", "größe"), "event: größe\ndata: x\n\n"),
        ["the default type"] = (new("x", "message"), "data: x\n\n"),
        ["an empty type"] = (new("x", ""), "data: x\n\n"),
        ["not the default type"] = (new("x", "Message"), "event: Message\ndata: x\n\n"),
        ["an id"] = (new("x") { EventId = "42" }, "id: 42\ndata: x\n\n"),
        ["an empty id"] = (new("x") { EventId = "" }, "id: \ndata: x\n\n"),
        ["an id with spaces"] = (new("x") { EventId = " 4 2" }, "id:  4 2\ndata: x\n\n"),
        ["an id beyond ASCII"] = (new("x") { EventId = "№😀" }, "id: №😀\ndata: x\n\n"),
        ["retry"] = (new("x") { ReconnectionInterval = TimeSpan.FromSeconds(3) }, "retry: 3000\ndata: x\n\n"),
        ["no retry at all"] = (new("x") { ReconnectionInterval = TimeSpan.Zero }, "retry: 0\ndata: x\n\n"),
        ["retry in parts of a millisecond"] = (new("x") { ReconnectionInterval = TimeSpan.FromTicks(15_999) }, "retry: 1\ndata: x\n\n"),
        ["the longest retry"] = (new("x") { ReconnectionInterval = TimeSpan.FromMilliseconds(int.MaxValue) }, "retry: 2147483647\ndata: x\n\n"),
        ["all of it"] = (
            new("first line\nsecond line", "trade") { EventId = "42", ReconnectionInterval = TimeSpan.FromSeconds(3) },
            "id: 42\nevent: trade\nretry: 3000\ndata: first line\ndata: second line\n\n"),
    };

    [Test]
    public async Task An_event_is_one_chunk_of_these_bytes([ValueSource(nameof(Names))] string name)
    {
        var (item, text) = Cases[name];
        await using var server = new TestServer();
        server.Http.Map("GET /written", _ => Response.Events(events => events.WriteAsync(item)));
        server.Http.Map("GET /sequence", _ => Response.Events(new[] { item }.ToAsyncEnumerable()));
        var client = server.Connect();

        Assert.That((await client.GetAsync("/written")).Chunks, Is.EqualTo(new[] { OnTheWire.Text(text) }));
        Assert.That((await client.GetAsync("/sequence")).Chunks, Is.EqualTo(new[] { OnTheWire.Text(text) }));
        server.Log.AssertQuiet();
    }

    [TestCase("", ": \n\n")]
    [TestCase("nobody sees this", ": nobody sees this\n\n")]
    [TestCase(": :", ": : :\n\n")]
    [TestCase("data: a\ndata: b", ": data: a\n: data: b\n\n")]
    [TestCase("a\rb\nc\r\nd\n\re", ": a\n: b\n: c\n: d\n: \n: e\n\n")]
    [TestCase("a\n", ": a\n: \n\n")]
    [TestCase("é\0", ": é\0\n\n")]
    public async Task A_comment_is_one_chunk_of_these_bytes(string comment, string text)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Events(events => events.WriteCommentAsync(comment)));

        Assert.That((await server.GetAsync("/")).Chunks, Is.EqualTo(new[] { OnTheWire.Text(text) }));
    }

    [Test]
    public async Task A_whole_response_is_predictable_to_the_byte()
    {
        await using var server = new TestServer(time: new ManualTime());
        server.Http.Map("GET /", _ => Response.Events(async events =>
        {
            await events.WriteAsync("hello");
            await events.WriteAsync(new SseItem<string>("a\nb", "trade") { EventId = "7" });
            await events.WriteCommentAsync("psst");
        }));
        var client = server.Connect();

        await client.AskAsync("/");

        Assert.That(await client.ReadUntilAsync("\r\n0\r\n\r\n"), Is.EqualTo(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nX-Accel-Buffering: no\r\n" +
            "Date: Fri, 20 Nov 2026 12:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n" +
            "d\r\ndata: hello\n\n\r\n" +
            "24\r\nid: 7\nevent: trade\ndata: a\ndata: b\n\n\r\n" +
            "8\r\n: psst\n\n\r\n" +
            "0\r\n\r\n"));
    }

    [Test]
    public async Task Many_events_keep_their_borders([Values] bool overSocket)
    {
        const int count = 3000;
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Events(AsyncEnumerable.Range(0, count).Select(i => $"event {i}")));
        var client = overSocket ? await server.ConnectTcpAsync() : server.Connect();

        var reply = await client.GetAsync("/");

        Assert.That(reply.Chunks, Is.EqualTo(Enumerable.Range(0, count).Select(i => $"data: event {i}\n\n")));
    }

    private static string[] Names() => [.. Cases.Keys];
}
