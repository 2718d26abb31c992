using NUnit.Framework;
using RawStream.Diagnostics;
using RawStream.Http1;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Tls;

/// <summary>A connection that was accepted, while no thread has had time for it.</summary>
public sealed class OpeningTests
{
    [Test]
    public async Task Without_TLS_no_handshake_is_missed()
    {
        var log = new TestLog();
        var connections = new ConnectionSet();
        var context = new ServerContext(
            new HttpServerOptions { LoggerFactory = log }, (_, response) => response.WriteAsync("Hello"), connections, new ServerMetrics(connections));
        var connection = new MemoryConnection(new TransportLimits(16 * 1024, 64 * 1024));
        var serving = new Http1Connection(connection, context, id: 1);
        connections.Add(serving);

        serving.CheckDeadlines(context.Heartbeat.Now + (long)new HttpTimeouts().Handshake.TotalMilliseconds + 1000);
        serving.Start();

        Assert.That(log.Lines, Is.Empty);
        Assert.That((await TestClient.Over(connection.Client).GetAsync("/")).Text, Is.EqualTo("Hello"));
    }
}
