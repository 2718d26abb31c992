using System.Net.ServerSentEvents;
using System.Text.Json;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>All that Response.Events takes: texts, items, JSON, messages by their types, and a callback.</summary>
public sealed class EventFormsTests
{
    private static readonly Said Hello = new("Ann", "line 1\nline 2");

    [Test]
    public async Task Texts_are_the_data_of_events() => Assert.That(
        await ChunksAsync(Response.Events(new[] { "a", "", "b\r\nc" }.ToAsyncEnumerable())),
        Is.EqualTo(new[] { "data: a\n\n", "data: \n\n", "data: b\ndata: c\n\n" }));

    [Test]
    public async Task Items_keep_their_types_and_ids() => Assert.That(
        await ChunksAsync(Response.Events(new[] { new SseItem<string>("a", "trade") { EventId = "1" }, new("b") }.ToAsyncEnumerable())),
        Is.EqualTo(new[] { "id: 1\nevent: trade\ndata: a\n\n", "data: b\n\n" }));

    [Test]
    public async Task JSON_keeps_its_types_and_ids_and_is_one_line([Values] bool indented, [Values] bool written)
    {
        var type = indented ? IndentedJson.Default.Said : EventsJson.Default.Said;
        var items = new[] { new SseItem<Said>(Hello, "said") { EventId = "1", ReconnectionInterval = TimeSpan.FromSeconds(1) }, new(Hello) };

        var chunks = await ChunksAsync(written
            ? Response.Events(async events =>
            {
                foreach (var item in items) await events.WriteAsync(item, type);
            })
            : Response.Events(items.ToAsyncEnumerable(), type));

        const string json = """{"Name":"Ann","Text":"line 1\nline 2"}""";
        Assert.That(chunks, Is.EqualTo(new[] { $"id: 1\nevent: said\nretry: 1000\ndata: {json}\n\n", $"data: {json}\n\n" }));
        Assert.That(JsonSerializer.Deserialize(json, type), Is.EqualTo(Hello));
    }

    [Test]
    public async Task JSON_may_be_nothing() =>
        Assert.That(await ChunksAsync(Response.Events(new[] { new SseItem<Said>(null!) }.ToAsyncEnumerable(), EventsJson.Default.Said)), Is.EqualTo(new[] { "data: null\n\n" }));

    /// <summary>The writer that JSON is written with is kept for the next time: what a failed one has left must not be seen.</summary>
    [Test]
    public async Task JSON_that_failed_half_way_leaves_nothing_of_itself()
    {
        await using var server = new TestServer();
        var (client, events) = await HeldStream.Map(server).OpenAsync(server);

        for (var round = 0; round < 3; round++)
        {
            Assert.That(
                () => events.WriteAsync(new SseItem<Broken>(new Broken()), EventsJson.Default.Broken).AsTask(),
                Throws.InstanceOf<InvalidDataException>());
            await events.WriteAsync(new SseItem<Joined>(new Joined("Bob")), EventsJson.Default.Joined);
            var expected = OnTheWire.Chunk("data: {\"Name\":\"Bob\"}\n\n");
            Assert.That(await client.ReadTextAsync(expected.Length), Is.EqualTo(expected));
        }
    }

    [Test]
    public async Task JSON_may_be_made_of_JSON() => Assert.That(
        await ChunksAsync(Response.Events(new[] { new SseItem<Nesting>(new Nesting()) }.ToAsyncEnumerable(), EventsJson.Default.Nesting)),
        Is.EqualTo(new[] { "data: [{\"Name\":\"Ann\"}]\n\n" }));

    [Test]
    public async Task A_writer_may_mix_all_of_it()
    {
        var types = new EventTypes<ChatEvent>().Add("joined", EventsJson.Default.Joined);

        var chunks = await ChunksAsync(Response.Events(async events =>
        {
            await events.WriteAsync("text");
            await events.WriteAsync(new SseItem<string>("item", "t"));
            await events.WriteCommentAsync("comment");
            await events.WriteAsync(new SseItem<Joined>(new Joined("Bob"), "j"), EventsJson.Default.Joined);
            await events.WriteAsync(new Joined("Cid"), types);
        }));

        Assert.That(chunks, Is.EqualTo(new[]
        {
            "data: text\n\n", "event: t\ndata: item\n\n", ": comment\n\n",
            "event: j\ndata: {\"Name\":\"Bob\"}\n\n", "event: joined\ndata: {\"Name\":\"Cid\"}\n\n",
        }));
    }

    [Test]
    public async Task A_kept_response_serves_every_client()
    {
        await using var server = new TestServer();
        var kept = Response.Events(new[] { "a", "b" }.ToAsyncEnumerable(), end: "[DONE]").With("X-A", "1");
        server.Http.Map("GET /", _ => kept);

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.GetAsync("/")));

        Assert.That(replies.Select(reply => reply.Text), Is.All.EqualTo("data: a\n\ndata: b\n\ndata: [DONE]\n\n"));
        Assert.That(replies.Select(reply => reply["X-A"]), Is.All.EqualTo("1"));
    }

    [Test]
    public async Task No_event_at_all_is_a_whole_response() => Assert.That(await ChunksAsync(Response.Events(AsyncEnumerable.Empty<string>())), Is.Empty);

    private static async Task<IReadOnlyList<string>> ChunksAsync(Response response)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => response);
        var reply = await server.GetAsync("/");
        server.Log.AssertQuiet();
        return reply.Chunks;
    }
}
