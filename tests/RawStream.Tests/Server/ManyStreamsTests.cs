using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>A thousand clients leave at once, and nothing of them is left.</summary>
[NonParallelizable] // It counts what belongs to the whole process.
public sealed class ManyStreamsTests
{
    private const int Streams = 1000;

    [Test]
    public async Task A_thousand_tick_streams_leave_nothing_behind([Values] bool byReset)
    {
        var timersAtFirst = await CountTimersAsync();
        using var rented = new RentedArrays();
        var server = new TestServer();
        server.Http.Map("GET /tick", TickAsync);
        var clients = await OpenStreamsAsync(server);

        foreach (var client in clients)
        {
            if (byReset) client.Abort();
            else client.Finish();
        }
        await Patience.UntilAsync(() => server.Http.Metrics.RunningHandlers == 0, "no handler runs");
        if (!byReset) await ReadToTheEndAsync(clients);
        await server.UntilIdleAsync();
        server.Log.AssertQuiet(LogLevel.Warning);
        foreach (var client in clients) await client.DisposeAsync();
        await server.DisposeAsync();

        Assert.That(rented.HasSeenAny);
        await Patience.UntilAsync(() => rented.Count == 0, "every array is returned");
        await Patience.UntilAsync(() => Timer.ActiveCount <= timersAtFirst, "every timer is gone");
    }

    private static async ValueTask TickAsync(Request request, ResponseWriter response)
    {
        await response.FlushAsync();
        await foreach (var now in Ticker.Every(TimeSpan.FromMilliseconds(100), request.Aborted)) await response.WriteAsync($"It is {now:O}\n");
    }

    private static async Task<List<TestClient>> OpenStreamsAsync(TestServer server)
    {
        var clients = new List<TestClient>();
        for (var i = 0; i < Streams; i++)
        {
            var client = await server.ConnectTcpAsync();
            clients.Add(client);
            await client.AskAsync("/tick");
        }
        await clients[0].ReadUntilAsync("It is");
        await Patience.UntilAsync(() => server.Http.Metrics.RunningHandlers == Streams, "all streams are open");
        return clients;
    }

    /// <summary>The stream of a client that has half-closed ends as it should: with the last chunk.</summary>
    private static async Task ReadToTheEndAsync(List<TestClient> clients)
    {
        foreach (var client in clients) Assert.That(await client.ReadToEndAsync(), Does.EndWith("0\r\n\r\n"));
    }

    /// <summary>The socket engine and the first use of things have timers of their own: they are made before it counts.</summary>
    private static async Task<long> CountTimersAsync()
    {
        await using (var server = new TestServer())
        {
            server.Http.Map("GET /", _ => "");
            await (await server.ConnectTcpAsync()).GetAsync("/");
        }
        return Timer.ActiveCount;
    }
}
