using System.Net.ServerSentEvents;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>What goes before the first event, and the bounds of all options. (The heartbeat itself: HeartbeatTests.)</summary>
public sealed class EventStreamOptionsTests
{
    private static readonly SseItem<string> Welcome = new("a\nb", "welcome") { EventId = "0", ReconnectionInterval = TimeSpan.FromSeconds(1) };

    [Test]
    public async Task Without_options_nothing_goes_first() => Assert.That(await ChunksAsync(new EventStreamOptions()), Is.EqualTo(new[] { "data: x\n\n" }));

    [TestCase(1)]
    [TestCase(2048)]
    [TestCase(EventStreamOptions.PaddingMax)]
    public async Task Padding_is_a_comment_of_so_many_bytes(int bytes) => Assert.That(
        await ChunksAsync(new EventStreamOptions { Padding = bytes }),
        Is.EqualTo(new[] { $":{new string(' ', bytes)}\n\n", "data: x\n\n" }));

    [TestCase(0, "retry: 0\n\n")]
    [TestCase(1500, "retry: 1500\n\n")]
    [TestCase(int.MaxValue, "retry: 2147483647\n\n")]
    public async Task Retry_is_told(int milliseconds, string text) => Assert.That(
        await ChunksAsync(new EventStreamOptions { Retry = TimeSpan.FromMilliseconds(milliseconds) }),
        Is.EqualTo(new[] { text, "data: x\n\n" }));

    [Test]
    public async Task The_first_event_goes_before_all_others() => Assert.That(
        await ChunksAsync(new EventStreamOptions { First = Welcome }),
        Is.EqualTo(new[] { "id: 0\nevent: welcome\nretry: 1000\ndata: a\ndata: b\n\n", "data: x\n\n" }));

    [Test]
    public async Task All_that_goes_first_goes_at_once_and_with_the_head()
    {
        var stream = new HeldStream();
        var options = new EventStreamOptions { Padding = 10, Retry = TimeSpan.FromSeconds(2), First = new SseItem<string>("hi") };
        using var peer = new FakePeer(Response.Events(stream.WriteAsync, options));

        peer.Ask();
        await stream.Events;

        Assert.That(peer.Sent, Does.StartWith("HTTP/1.1 200 OK\r\n").And.EndsWith("\r\n\r\n" + OnTheWire.Chunk(":          \n\nretry: 2000\n\ndata: hi\n\n")));
        Assert.That(peer.Connection.Sends, Is.EqualTo(1));
        stream.End();
    }

    [Test]
    public async Task What_goes_first_goes_to_the_writer_form_too_and_to_each_client()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Events(events => events.WriteAsync("x"), new EventStreamOptions { First = new SseItem<string>("hi") }));

        for (var i = 0; i < 3; i++) Assert.That((await server.GetAsync("/")).Chunks, Is.EqualTo(new[] { "data: hi\n\n", "data: x\n\n" }));
    }

    [Test]
    public async Task Whoever_wants_the_head_only_gets_nothing_of_it()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Events(AsyncEnumerable.Empty<string>(), options: new EventStreamOptions { Padding = 10, First = Welcome }));
        server.Http.Map("GET /text", _ => "hello");
        var client = server.Connect();

        await client.AskAsync("/", method: "HEAD");
        await client.ReadReplyAsync(isHead: true);

        Assert.That((await client.GetAsync("/text")).Text, Is.EqualTo("hello"));
    }

    [TestCase(249)]
    [TestCase(0)]
    [TestCase(-2)]
    public void A_heartbeat_is_a_quarter_second_at_least(int milliseconds)
    {
        Assert.That(() => new EventStreamOptions { Heartbeat = TimeSpan.FromMilliseconds(milliseconds) }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(new EventStreamOptions { Heartbeat = TimeSpan.FromMilliseconds(250) }.Heartbeat, Is.EqualTo(TimeSpan.FromMilliseconds(250)));
        Assert.That(new EventStreamOptions { Heartbeat = Timeout.InfiniteTimeSpan }.Heartbeat, Is.EqualTo(Timeout.InfiniteTimeSpan));
        Assert.That(new EventStreamOptions().Heartbeat, Is.EqualTo(TimeSpan.FromSeconds(15)));
    }

    [TestCase(-1)]
    [TestCase(EventStreamOptions.PaddingMax + 1)]
    public void Padding_has_its_bounds(int bytes) =>
        Assert.That(() => new EventStreamOptions { Padding = bytes }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(-1)]
    [TestCase(1L + int.MaxValue)]
    public void Retry_has_its_bounds(long milliseconds) =>
        Assert.That(() => new EventStreamOptions { Retry = TimeSpan.FromMilliseconds(milliseconds) }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    /// <summary>It would be refused for each client; so it is where the options are made.</summary>
    [Test]
    public void A_first_event_that_cannot_be_sent_is_refused()
    {
        Assert.That(() => new EventStreamOptions { First = new SseItem<string>("x", "\0") }, Throws.ArgumentException);
        Assert.That(() => new EventStreamOptions { First = new SseItem<string>("x") { EventId = "\0" } }, Throws.ArgumentException);
        Assert.That(() => new EventStreamOptions { First = new SseItem<string>("x") { ReconnectionInterval = TimeSpan.MaxValue } }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new EventStreamOptions { First = default(SseItem<string>) }, Throws.ArgumentNullException);
        Assert.That(new EventStreamOptions { First = null }.First, Is.Null);
    }

    private static async Task<IReadOnlyList<string>> ChunksAsync(EventStreamOptions options)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Events(new[] { "x" }.ToAsyncEnumerable(), options: options));
        return (await server.GetAsync("/")).Chunks;
    }
}
