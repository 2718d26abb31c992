using System.Net.ServerSentEvents;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>Events that are larger than all buffers between the handler and the client.</summary>
public sealed class LargeEventTests
{
    [Test]
    public async Task A_large_event_is_one_chunk_for_a_slow_reader_too(
        [Values(60_000, 65_536, 100 * 1024, 1024 * 1024)] int size, [Values] bool overSocket, [Values(700, 64 * 1024)] int readAtMost)
    {
        var data = Lines(size);
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Events(
            new[] { new("before"), new SseItem<string>(data, "large") { EventId = "1" }, new("after") }.ToAsyncEnumerable()));
        var client = overSocket ? await server.ConnectTcpAsync() : server.Connect();
        client.ReadAtMost(readAtMost);

        var reply = await client.GetAsync("/");

        var large = $"id: 1\nevent: large\ndata: {data.Replace("\n", "\ndata: ", StringComparison.Ordinal)}\n\n";
        Assert.That(reply.Chunks, Has.Count.EqualTo(3));
        Assert.That(reply.Chunks[0], Is.EqualTo("data: before\n\n"));
        Assert.That(reply.Chunks[1] == large, "the event is not what was written");
        Assert.That(reply.Chunks[2], Is.EqualTo("data: after\n\n"));
        server.Log.AssertQuiet();
    }

    [Test]
    public async Task A_large_comment_and_large_JSON_are_one_chunk_each([Values] bool overSocket)
    {
        var text = new string('€', 100_000);
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Events(async events =>
        {
            await events.WriteCommentAsync(text);
            await events.WriteAsync(new SseItem<Said>(new("Ann", new string('x', 300_000))), EventsJson.Default.Said);
            await events.WriteAsync("after");
        }));
        var client = overSocket ? await server.ConnectTcpAsync() : server.Connect();
        client.ReadAtMost(1000);

        var chunks = (await client.GetAsync("/")).Chunks;

        Assert.That(chunks, Has.Count.EqualTo(3));
        Assert.That(chunks[0] == OnTheWire.Text($": {text}\n\n"), "the comment is not what was written");
        Assert.That(chunks[1] == $"data: {{\"Name\":\"Ann\",\"Text\":\"{new string('x', 300_000)}\"}}\n\n", "the JSON is not what was written");
        Assert.That(chunks[2], Is.EqualTo("data: after\n\n"));
    }

    [Test]
    public async Task HTTP_1_0_gets_a_large_event_too()
    {
        var data = Lines(300_000);
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Events(new[] { data, "after" }.ToAsyncEnumerable()));
        var client = server.Connect();
        client.ReadAtMost(1000);

        await client.SendAsync("GET / HTTP/1.0\r\nHost: test\r\n\r\n");
        var text = (await client.ReadReplyAsync()).Text;

        Assert.That(text == $"data: {data.Replace("\n", "\ndata: ", StringComparison.Ordinal)}\n\ndata: after\n\n", "the events are not what was written");
    }

    [Test]
    public async Task A_client_that_leaves_in_the_middle_ends_the_write([Values] bool overSocket, [Values] bool byReset)
    {
        Exception? thrown = null;
        var ended = new Signal();
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.Events(async events =>
        {
            try
            {
                await events.WriteAsync(new string('x', overSocket ? 20_000_000 : 1_000_000));
            }
            catch (Exception e)
            {
                thrown = e;
                throw;
            }
            finally
            {
                ended.Set();
            }
        }));
        var client = overSocket ? await server.ConnectTcpAsync() : server.Connect();
        await client.AskAsync("/");
        await client.ReadTextAsync(1000);

        if (byReset) client.Abort();
        else await client.DisposeAsync();

        await ended.WaitAsync();
        Assert.That(thrown, Is.InstanceOf<OperationCanceledException>());
        await server.UntilIdleAsync();
        server.Log.AssertQuiet();
    }

    /// <summary>Lines of many lengths, of letters that tell where they stand.</summary>
    private static string Lines(int size) => string.Create(size, 0, static (span, _) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = i % 997 == 996 ? '\n' : (char)('a' + i / 7 % 26);
    });
}
