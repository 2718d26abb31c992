using System.Net.ServerSentEvents;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>What would not arrive as it is, or would arrive as something else, is refused at whoever writes it; nothing of it is sent.</summary>
public sealed class EventRefusalTests
{
    // CR and LF are refused by SseItem already, NUL by us: for whoever writes an event it is the same.
    private static readonly string[] BadFields = ["a\nb", "a\rb", "a\r\nb", "\n", "x\r", "a\0b", "\0"];
    private static readonly string[] Kinds = ["id", "type", "retry", "long retry"];

    private static readonly string Before = OnTheWire.Chunk("data: before\n\n");
    private static readonly string After = OnTheWire.Chunk("data: after\n\n");

    private TestServer _server = null!;

    [SetUp]
    public void CreateServer() => _server = new TestServer();

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [Test]
    public async Task An_id_or_a_type_that_breaks_the_event_throws_at_the_caller([Values("id", "type")] string kind, [ValueSource(nameof(BadFields))] string value)
    {
        var (client, events) = await HeldStream.Map(_server).OpenAsync(_server);

        Assert.That(() => events.WriteAsync(Item(kind, value)).AsTask(), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => events.WriteAsync(JsonItem(kind, value), EventsJson.Default.Said).AsTask(), Throws.InstanceOf<ArgumentException>());

        await events.WriteAsync("after");
        Assert.That(await client.ReadTextAsync(After.Length), Is.EqualTo(After), "nothing of it was sent");
    }

    [Test]
    public async Task A_retry_that_no_client_can_read_throws_at_the_caller([Values(-1, 1L + int.MaxValue)] long milliseconds)
    {
        var (client, events) = await HeldStream.Map(_server).OpenAsync(_server);

        Assert.That(
            () => events.WriteAsync(new SseItem<string>("x") { ReconnectionInterval = TimeSpan.FromMilliseconds(milliseconds) }).AsTask(),
            Throws.InstanceOf<ArgumentException>());

        await events.WriteAsync("after");
        Assert.That(await client.ReadTextAsync(After.Length), Is.EqualTo(After), "nothing of it was sent");
    }

    [Test]
    public async Task Nothing_is_not_an_event()
    {
        var (client, events) = await HeldStream.Map(_server).OpenAsync(_server);

        Assert.That(() => events.WriteAsync((string)null!).AsTask(), Throws.ArgumentNullException);
        Assert.That(() => events.WriteAsync(default(SseItem<string>)).AsTask(), Throws.ArgumentNullException);
        Assert.That(() => events.WriteAsync(new SseItem<Said>(new("a", "b")), (JsonTypeInfo<Said>)null!).AsTask(), Throws.ArgumentNullException);
        Assert.That(() => events.WriteAsync(new Said("a", "b"), (EventTypes<Said>)null!).AsTask(), Throws.ArgumentNullException);
        Assert.That(() => events.WriteCommentAsync(null!).AsTask(), Throws.ArgumentNullException);

        await events.WriteAsync("after");
        Assert.That(await client.ReadTextAsync(After.Length), Is.EqualTo(After), "nothing of it was sent");
    }

    [Test]
    public void Nothing_is_not_a_sequence()
    {
        Assert.That(() => Response.Events((IAsyncEnumerable<string>)null!), Throws.ArgumentNullException);
        Assert.That(() => Response.Events((IAsyncEnumerable<SseItem<string>>)null!), Throws.ArgumentNullException);
        Assert.That(() => Response.Events((IAsyncEnumerable<Said>)null!, new EventTypes<Said>()), Throws.ArgumentNullException);
        Assert.That(() => Response.Events((IAsyncEnumerable<SseItem<Said>>)null!, EventsJson.Default.Said), Throws.ArgumentNullException);
        Assert.That(() => Response.Events(AsyncEnumerable.Empty<SseItem<Said>>(), (JsonTypeInfo<Said>)null!), Throws.ArgumentNullException);
        Assert.That(() => Response.Events(AsyncEnumerable.Empty<Said>(), (EventTypes<Said>)null!), Throws.ArgumentNullException);
        Assert.That(() => Response.Events((Func<EventWriter, ValueTask>)null!), Throws.ArgumentNullException);
    }

    [Test]
    public async Task Refused_before_anything_was_sent_it_is_a_500([ValueSource(nameof(Kinds))] string kind, [Values] bool asSequence)
    {
        _server.Http.Map("GET /", _ => asSequence
            ? Response.Events(Bad(kind))
            : Response.Events(events => events.WriteAsync(BadItem(kind))));
        var client = _server.Connect();

        var reply = await client.GetAsync("/");
        var again = await client.GetAsync("/");

        Assert.That(reply.Status, Is.EqualTo(500));
        Assert.That(reply.Text, Is.EqualTo("Internal Server Error\n"));
        Assert.That(reply["Content-Type"], Does.StartWith("text/plain"));
        Assert.That(reply["X-Accel-Buffering"], Is.Null);
        Assert.That(again.Status, Is.EqualTo(500), "the connection goes on");
        Assert.That(_server.Log.Lines.Where(line => line.Level == LogLevel.Error).Select(line => line.Exception), Is.All.InstanceOf<ArgumentException>());
    }

    [Test]
    public async Task Refused_later_it_breaks_the_stream([ValueSource(nameof(Kinds))] string kind, [Values] bool asSequence)
    {
        _server.Http.Map("GET /", _ => asSequence
            ? Response.Events(new[] { new SseItem<string>("before") }.ToAsyncEnumerable().Concat(Bad(kind)), end: "[DONE]")
            : Response.Events(async events =>
            {
                await events.WriteAsync("before");
                await events.WriteAsync(BadItem(kind));
            }));
        var client = _server.Connect();

        await client.AskAsync("/");
        var received = await client.ReadToEndAsync();

        Assert.That(received, Does.EndWith("\r\n\r\n" + Before), "no byte of it, and no last chunk");
    }

    [Test]
    public async Task A_sequence_of_nothing_is_the_fault_of_the_handler()
    {
        _server.Http.Map("GET /", _ => Response.Events(new string[] { null! }.ToAsyncEnumerable()));

        Assert.That((await _server.GetAsync("/")).Status, Is.EqualTo(500));
        Assert.That(_server.Log.Lines.Select(line => line.Exception).OfType<Exception>(), Is.All.InstanceOf<ArgumentNullException>());
    }

    [Test]
    public async Task A_second_write_while_one_is_pending_throws_and_leaves_no_byte([Values] bool comment)
    {
        var stream = HeldStream.Map(_server);
        var (client, events) = await stream.OpenAsync(_server);
        var large = new string('A', 300_000);

        var first = events.WriteAsync(large);
        Assert.That(first.IsCompleted, Is.False);
        Assert.That(
            comment ? () => events.WriteCommentAsync("second").AsTask() : () => events.WriteAsync("second").AsTask(),
            Throws.InvalidOperationException.With.Message.Contains("pending"));
        var chunk = OnTheWire.Chunk($"data: {large}\n\n");
        var received = await client.ReadTextAsync(chunk.Length);
        await first.Within();
        await events.WriteAsync("after");

        Assert.That(received == chunk, "Other bytes are between those of the first write.");
        Assert.That(await client.ReadTextAsync(After.Length), Is.EqualTo(After));
    }

    [Test]
    public async Task A_writer_that_was_kept_refuses_and_reaches_no_other_response()
    {
        var stream = HeldStream.Map(_server);
        var next = HeldStream.Map(_server, "/next");
        var (client, kept) = await stream.OpenAsync(_server);
        stream.End();
        await client.ReadUntilAsync(OnTheWire.LastChunk);
        AssertRefuses(kept);

        await client.AskAsync("/next");
        await client.ReadUntilAsync("\r\n\r\n");
        AssertRefuses(kept);
        await (await next.Events).WriteAsync("after");

        Assert.That(await client.ReadTextAsync(After.Length), Is.EqualTo(After));
    }

    private static void AssertRefuses(EventWriter kept)
    {
        Assert.That(() => kept.WriteAsync("late").AsTask(), Throws.InvalidOperationException.With.Message.Contains("ended"));
        Assert.That(() => kept.WriteCommentAsync("late").AsTask(), Throws.InvalidOperationException.With.Message.Contains("ended"));
    }

    private static async IAsyncEnumerable<SseItem<string>> Bad(string kind)
    {
        yield return BadItem(kind);
        await Task.CompletedTask;
    }

    private static SseItem<string> BadItem(string kind) => kind switch
    {
        "retry" => new("x") { ReconnectionInterval = TimeSpan.FromSeconds(-1) },
        "long retry" => new("x") { ReconnectionInterval = TimeSpan.FromDays(30) },
        _ => Item(kind, "\0"),
    };

    private static SseItem<string> Item(string kind, string value) => kind == "id" ? new("x") { EventId = value } : new("x", value);

    private static SseItem<Said> JsonItem(string kind, string value) =>
        kind == "id" ? new(new Said("a", "b")) { EventId = value } : new(new Said("a", "b"), value);
}
