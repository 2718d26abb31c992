using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Attacks;

/// <summary>A client that leaves after each byte of what it had to say: nothing is left of it, and nobody complains.</summary>
[NonParallelizable] // It counts the arrays of the whole process.
public sealed class AbortTests
{
    private const string Said =
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nT: u\r\n\r\n"
        + "GET /none HTTP/1.1\r\nHost: test\r\n\r\n"
        + "POST /lengthy HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello";

    public enum Farewell
    {
        /// <summary>FIN, and it reads on.</summary>
        Finish,

        /// <summary>RST.</summary>
        Abort,

        /// <summary>As when a process ends.</summary>
        Close,
    }

    [Test]
    public async Task After_any_byte([Values] Farewell farewell, [Values] bool overSocket)
    {
        using var rented = new RentedArrays();
        var server = new TestServer();
        server.Http.Map("POST /echo", Echo.WriteAsync);
        server.Http.Map("POST /lengthy", async request => await request.ReadTextAsync());

        for (var length = 0; length <= Said.Length; length++)
        {
            var client = overSocket ? await server.ConnectTcpAsync() : server.Connect();
            await client.SendAsync(Said[..length]);
            if (farewell == Farewell.Finish) await FinishAsync(client);
            else if (farewell == Farewell.Abort) client.Abort();
            await client.DisposeAsync();
        }
        await server.UntilIdleAsync();
        server.Log.AssertQuiet(LogLevel.Warning);
        await server.DisposeAsync();

        await Patience.UntilAsync(() => rented.Count == 0, "every array is returned");
    }

    /// <summary>The server ends, too; whatever it says before is whole.</summary>
    private static async Task FinishAsync(TestClient client)
    {
        client.Finish();
        var all = await client.ReadToEndAsync();
        Assert.That(all, Is.Empty.Or.StartsWith("HTTP/1.1 "));
    }
}
