using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>What EventSource of JavaScript makes of it: the packages eventsource and eventsource-parser of npm, under node.</summary>
[Parallelizable] // It waits more than it works.
public sealed class NodeClientTests
{
    /// <summary>Prints what each listener is given as a line of JSON. An event of the type "end" ends it.</summary>
    private const string Listen = """
        import { EventSource } from 'eventsource';
        const [url, ...types] = process.argv.slice(1);
        const source = new EventSource(url);
        const print = line => process.stdout.write(JSON.stringify(line) + '\n');
        source.onopen = () => print(['open']);
        for (const type of types) source.addEventListener(type, e => print([type, e.lastEventId, e.data]));
        source.addEventListener('end', () => source.close());
        """;

    /// <summary>Prints all that the parser finds, each as a line of JSON: once for each way to cut the bytes, 0 for as they come.</summary>
    private const string Parse = """
        import { createParser } from 'eventsource-parser';
        const [url, ...cuts] = process.argv.slice(1);
        const print = line => process.stdout.write(JSON.stringify(line) + '\n');
        for (const cut of cuts) {
          const parser = createParser({
            onEvent: e => print(['event', e.data, e.event ?? null, e.id ?? null]),
            onRetry: interval => print(['retry', interval]),
            onComment: text => print(['comment', text]),
            onError: error => print(['error', error.message]),
          });
          const decoder = new TextDecoder();
          for await (const bytes of (await fetch(url)).body) {
            const step = Number(cut) || bytes.length;
            for (let at = 0; at < bytes.length; at += step) parser.feed(decoder.decode(bytes.subarray(at, at + step), { stream: true }));
          }
        }
        """;

    private static readonly SseItem<string> End = new("", "end");

    private TestServer _server = null!;

    [SetUp]
    public void CreateServer() => _server = new TestServer();

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [Test]
    public async Task EventSource_gets_types_ids_and_lines()
    {
        _server.Http.Map("GET /", _ => Response.Events(async events =>
        {
            await events.WriteAsync("plain");
            await events.WriteCommentAsync("nobody sees this");
            await events.WriteAsync(new SseItem<string>("a\nb\rc\r\nd\n", "trade") { EventId = "1" });
            await events.WriteAsync(new SseItem<string>(" spaces  ", "größe 😀") { EventId = "№2" });
            await events.WriteAsync(new SseItem<Said>(new("Ann", "a\nb"), "said"), IndentedJson.Default.Said);
            await events.WriteAsync(new SseItem<string>("nobody listens to this", "other"));
            await events.WriteAsync(new SseItem<string>("\u2028\uFEFF\0", "message"));
            await events.WriteAsync("");
            await events.WriteAsync(End);
        }));

        Assert.That(await ListenAsync("message", "trade", "größe 😀", "said"), Is.EqualTo(new[]
        {
            Line("open"),
            Line("message", "", "plain"),
            Line("trade", "1", "a\nb\nc\nd\n"),
            Line("größe 😀", "№2", " spaces  "),
            Line("said", "", """{"Name":"Ann","Text":"a\nb"}"""),
            Line("message", "", "\u2028\uFEFF\0"),
            Line("message", "", ""),
        }));
    }

    [Test]
    public async Task EventSource_gets_each_event_when_it_is_written()
    {
        var feed = new Feed<SseItem<string>>();
        _server.Http.Map("GET /", _ => Response.Events(feed, options: new EventStreamOptions { Padding = 2048 }));
        await _server.StartAsync();
        using var node = await NodePackages.RunAsync(Listen, Url, "message");

        Assert.That(await node.ReadLineAsync(), Is.EqualTo(Line("open")), "before there is an event");
        for (var i = 0; i < 3; i++)
        {
            feed.Give(new SseItem<string>($"event {i}"));
            Assert.That(await node.ReadLineAsync(), Is.EqualTo(Line("message", "", $"event {i}")));
        }
        feed.Give(End);

        await node.AssertSucceedsAsync();
        await feed.Disposed.WaitAsync();
    }

    /// <summary>After a proper end and after a broken stream, in the time that it was told, and behind what it has seen.</summary>
    [Test]
    public async Task EventSource_comes_again_and_tells_what_it_has_seen([Values] bool broken)
    {
        var seen = new List<string?>();
        _server.Http.Map("GET /", request =>
        {
            seen.Add(request.LastEventId);
            var next = int.Parse(request.LastEventId ?? "0", null) + 1;
            var items = new Feed<SseItem<string>>().Give(new SseItem<string>($"event {next}") { EventId = $"{next}" });
            if (next == 3) items.Give(End);
            return Response.Events(items.End(broken ? new InvalidDataException("on purpose") : null), options: new EventStreamOptions { Retry = TimeSpan.FromMilliseconds(20) });
        });

        Assert.That(await ListenAsync("message"), Is.EqualTo(new[]
        {
            Line("open"), Line("message", "1", "event 1"),
            Line("open"), Line("message", "2", "event 2"),
            Line("open"), Line("message", "3", "event 3"),
        }));
        Assert.That(seen, Is.EqualTo(new[] { null, "1", "2" }));
    }

    [Test]
    public async Task EventSource_does_not_see_heartbeats()
    {
        var time = new ManualTime();
        await using var server = new TestServer(time: time);
        var stream = HeldStream.Map(server, "/");
        await server.StartAsync();
        using var node = await NodePackages.RunAsync(Listen, $"http://127.0.0.1:{server.Http.Port}/", "message");
        Assert.That(await node.ReadLineAsync(), Is.EqualTo(Line("open")));
        var events = await stream.Events;

        for (var i = 0; i < 3; i++)
        {
            time.AdvanceSeconds(20);
            await PoolTurn.PassAsync();
            await events.WriteAsync("x");
            Assert.That(await node.ReadLineAsync(), Is.EqualTo(Line("message", "", "x")));
        }
        await events.WriteAsync(End);

        await node.AssertSucceedsAsync();
    }

    [Test]
    public async Task The_parser_reads_back_what_was_written([Values(1, 0)] int seed)
    {
        if (seed == 0) seed = Random.Shared.Next();
        var items = new RandomEvents(seed).Take(100);
        _server.Http.Map("GET /", _ => Response.Events(items.ToAsyncEnumerable()));
        await _server.StartAsync();
        using var node = await NodePackages.RunAsync(Parse, Url, "0", "1", "7");

        var read = (await node.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Normal);
        await node.AssertSucceedsAsync();

        var once = items.Select(RandomEvents.AsRead).SelectMany(Expected).ToList();
        Assert.That(read, Is.EqualTo(once.Concat(once).Concat(once)), $"seed {seed}");
    }

    [Test]
    public async Task The_parser_sees_comments_and_what_goes_first()
    {
        _server.Http.Map("GET /", _ => Response.Events(
            async events =>
            {
                await events.WriteCommentAsync("a\nb");
                await events.WriteAsync("x");
            },
            new EventStreamOptions { Padding = 3, Retry = TimeSpan.FromSeconds(2), First = new SseItem<string>("hi", "welcome") { EventId = "0" } }));
        await _server.StartAsync();
        using var node = await NodePackages.RunAsync(Parse, Url, "0");

        Assert.That((await node.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Normal), Is.EqualTo(new[]
        {
            Line("comment", "  "), Json(new JsonArray("retry", 2000)), Line("event", "hi", "welcome", "0"),
            Line("comment", "a"), Line("comment", "b"), Line("event", "x", null, null),
        }));
        await node.AssertSucceedsAsync();
    }

    private string Url => $"http://127.0.0.1:{_server.Http.Port}/";

    private async Task<IReadOnlyList<string>> ListenAsync(params string[] types)
    {
        await _server.StartAsync();
        using var node = await NodePackages.RunAsync(Listen, [Url, .. types]);
        var lines = (await node.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await node.AssertSucceedsAsync();
        return [.. lines.Select(Normal)];
    }

    private static IEnumerable<string> Expected((string Data, string Type, string? Id, TimeSpan? Retry) item)
    {
        if (item.Retry is { } retry) yield return Json(new JsonArray("retry", (long)retry.TotalMilliseconds));
        yield return Line("event", item.Data, item.Type == "message" ? null : item.Type, item.Id);
    }

    private static string Line(params string?[] values) => Json(new JsonArray([.. values.Select(value => JsonValue.Create(value))]));

    /// <summary>The same JSON with the same escapes.</summary>
    private static string Normal(string line) => Json(JsonNode.Parse(line)!);

    private static string Json(JsonNode node) => node.ToJsonString(JsonSerializerOptions.Default);
}
