using System.Net.ServerSentEvents;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>Events are encoded into rented arrays. Whatever becomes of an event or its stream, all of them come back.</summary>
[NonParallelizable] // It counts what belongs to the whole process.
public sealed class RentedByEventsTests
{
    private const int Rounds = 5;

    private static readonly string Large = new('x', 300_000);

    private static readonly Dictionary<string, Func<TestServer, Task>> Fates = new()
    {
        ["a stream that ended"] = async server =>
        {
            server.Http.Map("GET /", _ => Response.Events(new[] { "a", Large, "b" }.ToAsyncEnumerable(), end: "[DONE]", new EventStreamOptions { Padding = 2048 }));
            Assert.That((await server.GetAsync("/")).Chunks, Has.Count.EqualTo(5));
        },
        ["JSON"] = async server =>
        {
            server.Http.Map("GET /", _ => Response.Events(new[] { new SseItem<Said>(new("Ann", Large)), new(new("Bob", "")) }.ToAsyncEnumerable(), EventsJson.Default.Said));
            Assert.That((await server.GetAsync("/")).Chunks, Has.Count.EqualTo(2));
        },
        ["lines of JSON"] = async server =>
        {
            server.Http.Map("GET /", _ => Response.JsonLines(new Said[] { new("Ann", Large), new("Bob", "") }.ToAsyncEnumerable(), EventsJson.Default.Said));
            Assert.That((await server.GetAsync("/")).Chunks, Has.Count.EqualTo(2));
        },
        ["a head without events"] = async server =>
        {
            server.Http.Map("GET /", _ => Response.Events(new[] { "a" }.ToAsyncEnumerable(), options: new EventStreamOptions { Padding = 2048 }));
            var client = server.Connect();
            await client.AskAsync("/", method: "HEAD");
            await client.ReadReplyAsync(isHead: true);
        },
        ["a bad id"] = server => BreakAsync(server, events => events.WriteAsync(new SseItem<string>(Large) { EventId = "\0" })),
        ["a bad type"] = server => BreakAsync(server, events => events.WriteAsync(new SseItem<string>(Large, "\0"))),
        ["a bad retry"] = server => BreakAsync(server, events => events.WriteAsync(new SseItem<string>("x") { ReconnectionInterval = TimeSpan.MaxValue })),
        ["JSON that fails half way"] = server => BreakAsync(server, events => events.WriteAsync(new SseItem<Broken>(new Broken(), "x"), EventsJson.Default.Broken)),
        ["a message without a name"] = server => BreakAsync(server, events => events.WriteAsync(new Left("Ann"), new EventTypes<ChatEvent>())),
        ["a handler that throws"] = server => BreakAsync(server, async events =>
        {
            await events.WriteAsync(Large);
            throw new InvalidDataException("on purpose");
        }),
        ["a line that fails half way"] = async server =>
        {
            server.Http.Map("GET /", _ => Response.JsonLines(new[] { new Broken() }.ToAsyncEnumerable(), EventsJson.Default.Broken));
            Assert.That((await server.GetAsync("/")).Status, Is.EqualTo(500));
        },
        ["a second write while one is pending"] = async server =>
        {
            var (client, events) = await HeldStream.Map(server).OpenAsync(server);
            var first = events.WriteAsync(Large).AsTask();
            Assert.That(() => events.WriteAsync(Large).AsTask(), Throws.InvalidOperationException);
            Assert.That(() => events.WriteCommentAsync(Large).AsTask(), Throws.InvalidOperationException);
            await client.ReadTextAsync(Large.Length);
            await first.Within();
        },
        ["a write after the end"] = async server =>
        {
            var stream = HeldStream.Map(server);
            var (client, events) = await stream.OpenAsync(server);
            stream.End();
            await client.ReadUntilAsync(OnTheWire.LastChunk);
            Assert.That(() => events.WriteAsync(Large).AsTask(), Throws.InvalidOperationException);
            Assert.That(() => events.WriteCommentAsync("x").AsTask(), Throws.InvalidOperationException);
        },
        ["a client that leaves in the middle of an event"] = server => LeaveAsync(server, overSocket: false),
        ["a client that leaves in the middle of an event, over TCP"] = server => LeaveAsync(server, overSocket: true),
        ["a write to a client that is gone"] = async server =>
        {
            var (client, events) = await HeldStream.Map(server).OpenAsync(server);
            client.Abort();
            await Assert.ThatAsync(() => events.WriteAsync(Large).Within(), Throws.InstanceOf<OperationCanceledException>());
            await Assert.ThatAsync(() => events.WriteAsync("x").Within(), Throws.InstanceOf<OperationCanceledException>());
        },
        ["a client that leaves before it has what goes first"] = async server =>
        {
            var options = new EventStreamOptions { Padding = EventStreamOptions.PaddingMax, First = new SseItem<string>(Large) };
            server.Http.Map("GET /", _ => Response.Events(AsyncEnumerable.Empty<string>(), options: options));
            var client = server.Connect();
            await client.AskAsync("/");
            client.Abort();
        },
        ["a client that waits"] = async server =>
        {
            var (_, events) = await HeldStream.Map(server).OpenAsync(server);
            await events.WriteAsync("x");
        },
    };

    [Test]
    public async Task All_arrays_come_back_after([ValueSource(nameof(Names))] string fate)
    {
        using var rented = new RentedArrays();

        for (var round = 0; round < Rounds; round++)
        {
            await using var server = new TestServer();
            await Fates[fate](server);
        }

        Assert.That(rented.HasSeenAny);
        await Patience.UntilAsync(() => rented.Count == 0, "every array is returned");
    }

    [Test]
    public async Task All_arrays_come_back_while_a_stream_is_silent()
    {
        var time = new ManualTime();
        using var rented = new RentedArrays();
        await using var server = new TestServer(time: time);
        var (client, events) = await HeldStream.Map(server).OpenAsync(server);
        await events.WriteAsync(Large[..10_000]);
        await client.ReadTextAsync(10_000);
        time.AdvanceSeconds(20);
        await client.ReadUntilAsync(OnTheWire.Heartbeat);

        Assert.That(rented.HasSeenAny);
        await Patience.UntilAsync(() => rented.Count == 0, "a stream that waits holds none");
    }

    private static async Task BreakAsync(TestServer server, Func<EventWriter, ValueTask> write)
    {
        server.Http.Map("GET /first", _ => Response.Events(write));
        server.Http.Map("GET /later", _ => Response.Events(async events =>
        {
            await events.WriteAsync("before");
            await write(events);
        }));
        foreach (var target in new[] { "/first", "/later" })
        {
            var client = server.Connect();
            await client.AskAsync(target, fields: "Connection: close\r\n");
            await client.ReadToEndAsync();
        }
        Assert.That(server.Log.Lines.Count(line => line.Exception is not null), Is.EqualTo(2), "both broke");
    }

    private static async Task LeaveAsync(TestServer server, bool overSocket)
    {
        server.Http.Map("GET /", _ => Response.Events(events => events.WriteAsync(new string('x', overSocket ? 20_000_000 : 1_000_000))));
        var client = overSocket ? await server.ConnectTcpAsync() : server.Connect();
        await client.AskAsync("/");
        await client.ReadTextAsync(1000);
        client.Abort();
        await server.UntilIdleAsync();
    }

    private static string[] Names() => [.. Fates.Keys];
}
