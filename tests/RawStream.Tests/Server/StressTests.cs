using System.Globalization;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

// The invariant: whatever many clients do at a time, each of them gets its own answers, whole and in order, or has left by itself;
// nothing is logged as an error; and when all have left, no handler, connection, or array is.

/// <summary>Many clients at a time, some of which leave in the middle.</summary>
[NonParallelizable] // It counts what belongs to the whole process.
public sealed class StressTests
{
    private const int Clients = 32;
    private const int RoundsOfEach = 25;

    [Test]
    public async Task Each_client_gets_its_own_answers_and_nothing_is_left([Values] bool overSocket, [Values(1, 2, 0)] int seed)
    {
        if (seed == 0) seed = Random.Shared.Next();
        using var rented = new RentedArrays();
        var server = new TestServer();
        server.Http.Map("GET /text/{word}", request => request.Route["word"]);
        server.Http.Map("GET /stream/{count}", WriteStreamAsync);
        server.Http.Map("POST /echo", Echo.WriteAsync);
        server.Http.Map("POST /noread/{word}", request => request.Route["word"]);
        await server.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(id => Task.Run(() => PlayAsync(server.Http, overSocket, new Random(seed + id))))).WaitAsync(3 * Patience.Limit);

        await server.UntilIdleAsync();
        server.Log.AssertQuiet(LogLevel.Warning);
        await server.DisposeAsync();
        await Patience.UntilAsync(() => rented.Count == 0, $"every array is returned (seed {seed})");
    }

    private static async Task PlayAsync(HttpServer server, bool overSocket, Random random)
    {
        for (var round = 0; round < RoundsOfEach; round++)
        {
            await using var client = overSocket ? await TestClient.LoopbackAsync(server.Port) : TestClient.InMemory(server);
            for (var request = random.Next(1, 5); request > 0; request--) await AskSomethingAsync(client, random);
            await LeaveAsync(client, random);
        }
    }

    private static async Task AskSomethingAsync(TestClient client, Random random)
    {
        var word = random.Next().ToString(CultureInfo.InvariantCulture);
        switch (random.Next(4))
        {
            case 0:
                await client.SendAsync($"GET /text/{word} HTTP/1.1\r\nHost: test\r\n\r\nGET /text/{word}2 HTTP/1.1\r\nHost: test\r\n\r\n");
                Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo(word));
                Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo(word + "2"));
                break;
            case 1:
                var count = random.Next(300);
                Assert.That((await client.GetAsync($"/stream/{count}")).Chunks, Is.EqualTo(Enumerable.Range(0, count).Select(Chunk)));
                break;
            case 2:
                var body = string.Concat(Enumerable.Repeat(word, random.Next(1, 5000)));
                var sending = client.SendAsync($"POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: {body.Length}\r\n\r\n{body}");
                var reply = await client.ReadReplyAsync();
                await sending;
                Assert.That(reply.Text, Is.EqualTo(body));
                break;
            default:
                Assert.That((await client.PostAsync($"/noread/{word}", new string('x', random.Next(1000)))).Text, Is.EqualTo(word));
                break;
        }
    }

    /// <summary>Politely, or in the middle of something.</summary>
    private static async Task LeaveAsync(TestClient client, Random random)
    {
        switch (random.Next(5))
        {
            case 0:
                return;
            case 1:
                client.Finish();
                Assert.That(await client.ReadToEndAsync(), Is.Empty);
                return;
            case 2:
                await client.AskAsync("/stream/100000");
                await client.ReadUntilAsync(Chunk(0));
                break;
            case 3:
                await client.SendAsync("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\nhello");
                break;
            default:
                await client.SendAsync("GET /text/ab");
                break;
        }
        if (random.Next(2) == 0) client.Abort();
        else client.Finish();
    }

    private static async ValueTask WriteStreamAsync(Request request, ResponseWriter response)
    {
        var count = int.Parse(request.Route["count"], CultureInfo.InvariantCulture);
        for (var i = 0; i < count; i++)
        {
            if (i % 50 == 49) await Task.Yield();
            await response.WriteAsync(Chunk(i));
        }
    }

    private static string Chunk(int number) => string.Create(CultureInfo.InvariantCulture, $"chunk {number} {new string('.', number % 97)}");
}
