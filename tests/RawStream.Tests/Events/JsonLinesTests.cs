using System.Text.Json;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>Values as lines of JSON: one line is one chunk, whatever the values hold.</summary>
public sealed class JsonLinesTests
{
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer() => _server = new TestServer();

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [Test]
    public async Task A_line_is_a_chunk([Values] bool indented)
    {
        var type = indented ? IndentedJson.Default.Said : EventsJson.Default.Said;
        _server.Http.Map("GET /", _ => Response.JsonLines(new Said[] { new("Ann", "a\r\nb\u2028"), null!, new("Bob", "") }.ToAsyncEnumerable(), type));

        var reply = await _server.GetAsync("/");

        Assert.That(reply["Content-Type"], Is.EqualTo("application/x-ndjson"));
        Assert.That(reply.Chunks, Is.EqualTo(new[] { """{"Name":"Ann","Text":"a\r\nb\u2028"}""" + "\n", "null\n", """{"Name":"Bob","Text":""}""" + "\n" }));
    }

    [Test]
    public async Task The_head_is_there_before_the_first_line_and_each_line_as_it_comes()
    {
        var feed = new Feed<int[]>();
        _server.Http.Map("GET /", _ => Response.JsonLines(feed, EventsJson.Default.Int32Array));
        var client = _server.Connect();

        await client.AskAsync("/");
        await client.ReadUntilAsync("\r\n\r\n");
        for (var i = 0; i < 10; i++)
        {
            feed.Give([i]);
            Assert.That(await client.ReadUntilAsync("]\n\r\n"), Is.EqualTo(OnTheWire.Chunk($"[{i}]\n")));
        }
        feed.End();

        Assert.That(await client.ReadUntilAsync(OnTheWire.LastChunk), Is.EqualTo(OnTheWire.LastChunk));
    }

    [Test]
    public async Task Large_values_arrive_right([Values(70_000, 1_000_000)] int size, [Values] bool overSocket)
    {
        var values = new[] { new Said("Ann", "small"), new Said("Bob", Letters(size)), new Said("Cid", new string('€', size / 10)), new Said("Dan", "") };
        _server.Http.Map("GET /", _ => Response.JsonLines(values.ToAsyncEnumerable(), EventsJson.Default.Said));
        var client = overSocket ? await _server.ConnectTcpAsync() : _server.Connect();
        client.ReadAtMost(1000);

        var reply = await client.GetAsync("/");

        Assert.That(reply.Chunks.Select(line => line[^1]), Is.All.EqualTo('\n'));
        Assert.That(reply.Chunks.Select(line => line.Count(c => c == '\n')), Is.All.EqualTo(1));
        Assert.That(reply.Chunks.Select(line => JsonSerializer.Deserialize(line, EventsJson.Default.Said)), Is.EqualTo(values));
    }

    [Test]
    public async Task A_sequence_that_throws_breaks_the_stream_and_is_disposed_of()
    {
        var feed = new Feed<int[]>().Give([1]).End(new InvalidDataException("on purpose"));
        _server.Http.Map("GET /", _ => Response.JsonLines(feed, EventsJson.Default.Int32Array));
        var client = _server.Connect();

        await client.AskAsync("/");

        Assert.That(await client.ReadToEndAsync(), Does.EndWith("\r\n\r\n" + OnTheWire.Chunk("[1]\n")), "no last chunk");
        Assert.That(feed.Disposed.HasCome);
    }

    [Test]
    public async Task When_the_client_leaves_the_sequence_is_cancelled_and_disposed_of()
    {
        var feed = new Feed<int[]>().Give([1]);
        _server.Http.Map("GET /", _ => Response.JsonLines(feed, EventsJson.Default.Int32Array));
        var client = _server.Connect();
        await client.AskAsync("/");
        await client.ReadUntilAsync("[1]");

        client.Abort();

        await feed.Cancelled.WaitAsync();
        await feed.Disposed.WaitAsync();
        await _server.UntilIdleAsync();
        _server.Log.AssertQuiet();
    }

    [Test]
    public async Task A_value_that_cannot_be_serialized_is_a_500_and_none_of_it_is_sent()
    {
        _server.Http.Map("GET /", _ => Response.JsonLines(new[] { new Broken() }.ToAsyncEnumerable(), EventsJson.Default.Broken));
        _server.Http.Map("GET /next", _ => Response.JsonLines(new[] { new[] { 1 } }.ToAsyncEnumerable(), EventsJson.Default.Int32Array));
        var client = _server.Connect();

        Assert.That((await client.GetAsync("/")).Status, Is.EqualTo(500));
        Assert.That((await client.GetAsync("/next")).Text, Is.EqualTo("[1]\n"));
    }

    [Test]
    public async Task HEAD_does_not_touch_the_sequence()
    {
        var feed = new Feed<int[]>();
        _server.Http.Map("GET /", _ => Response.JsonLines(feed, EventsJson.Default.Int32Array));
        var client = _server.Connect();

        await client.AskAsync("/", method: "HEAD");

        Assert.That((await client.ReadReplyAsync(isHead: true))["Content-Type"], Is.EqualTo("application/x-ndjson"));
        Assert.That(feed.Enumerations, Is.Zero);
    }

    private static string Letters(int count) => string.Create(count, 0, static (span, _) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = (char)('a' + i % 26);
    });
}
