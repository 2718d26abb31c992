using System.Text;
using RawStream.Diagnostics;
using RawStream.Http1;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>A connection that counts sends, and is lost when the test says so, under a server whose clock stands still.</summary>
internal sealed class FakePeer : IDisposable
{
    private readonly ServerContext _context;

    public FakePeer(Response response)
    {
        var connections = new ConnectionSet();
        var options = new HttpServerOptions { TimeProvider = Time };
        _context = new ServerContext(options, response.WriteAsync, connections, new ServerMetrics(connections));
        _context.Open(Connection, id: 1).Start();
    }

    public ManualTime Time { get; } = new();

    public FakeConnection Connection { get; } = new();

    public string Sent => Encoding.Latin1.GetString(Connection.Sent);

    public void Ask() => Connection.Arrive("GET / HTTP/1.1\r\nHost: test\r\n\r\n"u8.ToArray());

    public void Dispose() => _context.Heartbeat.Dispose();
}
