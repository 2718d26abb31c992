using System.Net.ServerSentEvents;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

// The invariant: whatever is written as events is read back equal by a parser that is not ours, however the bytes are cut.

/// <summary>parse(write(events)) = events, over HttpClient and the parser of the framework.</summary>
public sealed class EventRoundTripTests
{
    private const int Events = 80;

    [Test]
    public async Task Events_are_read_back_equal([Values] bool byteByByte, [Values] bool asSequence, [Values(1, 2, 3, 4, 0)] int seed)
    {
        if (seed == 0) seed = Random.Shared.Next();
        var items = new RandomEvents(seed).Take(Events);
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => asSequence
            ? Response.Events(items.ToAsyncEnumerable())
            : Response.Events(async events =>
            {
                foreach (var item in items) await events.WriteAsync(item);
            }));

        var read = await ReadAsync(server, byteByByte).Within();

        Assert.That(read, Is.EqualTo(items.Select(RandomEvents.AsRead)), $"seed {seed}");
        server.Log.AssertQuiet();
    }

    /// <summary>Comments are between the lines: no event changes by them.</summary>
    [Test]
    public async Task Comments_do_not_disturb([Values] bool byteByByte, [Values(5, 6, 0)] int seed)
    {
        if (seed == 0) seed = Random.Shared.Next();
        var items = new RandomEvents(seed).Take(Events);
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Events(async events =>
        {
            foreach (var item in items)
            {
                await events.WriteCommentAsync(item.Data);
                await events.WriteAsync(item);
            }
        }));

        var read = await ReadAsync(server, byteByByte).Within();

        Assert.That(read, Is.EqualTo(items.Select(RandomEvents.AsRead)), $"seed {seed}");
    }

    private static async Task<List<(string Data, string Type, string? Id, TimeSpan? Retry)>> ReadAsync(TestServer server, bool byteByByte)
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = (_, _) => new(byteByByte ? new ByteByByte(server.Http.Connect()) : server.Http.Connect()),
        });
        await using var stream = await client.GetStreamAsync(new Uri("http://in.memory/"));
        var read = new List<(string, string, string?, TimeSpan?)>();
        await foreach (var item in SseParser.Create(stream).EnumerateAsync())
            read.Add((item.Data, item.EventType, item.EventId, item.ReconnectionInterval));
        return read;
    }
}
