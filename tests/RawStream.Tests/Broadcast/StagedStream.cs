using System.Text;
using NUnit.Framework;
using RawStream.Diagnostics;
using RawStream.Http1;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Broadcast;

/// <summary>One connection over a transport of the test's own, whose every request is answered by a subscription.</summary>
internal sealed class StagedStream
{
    private readonly ConnectionSet _connections = new();

    /// <param name="connection">It has to bring <see cref="Request"/> to the server.</param>
    /// <param name="subscribe">What the request asks for.</param>
    public StagedStream(Connection connection, Func<Request, Subscription<string>> subscribe)
    {
        var context = new ServerContext(
            new HttpServerOptions { LoggerFactory = Log },
            (request, response) => Response.Events(Subscription = subscribe(request)).WriteAsync(request, response),
            _connections,
            new ServerMetrics(_connections));
        var serving = new Http1Connection(connection, context, id: 1);
        _connections.Add(serving);
        OnPool(serving.Start);
    }

    public static ReadOnlySpan<byte> Request => "GET / HTTP/1.1\r\nHost: test\r\n\r\n"u8;

    public TestLog Log { get; } = new();

    public Subscription<string>? Subscription { get; private set; }

    /// <summary>The connection is closed, and all that worked for it has ended.</summary>
    public bool HasEnded => _connections.Count == 0;

    /// <summary>The request comes, and is handled before this returns.</summary>
    public void Ask(FakeConnection connection) => OnPool(() => connection.Arrive(Request.ToArray()));

    /// <summary>The body in what was sent.</summary>
    public static string Body(byte[] sent)
    {
        var text = Encoding.Latin1.GetString(sent);
        var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return head < 0 ? "" : text[(head + 4)..];
    }

    /// <summary>As the transport would do it: without the test's synchronization context.</summary>
    private static void OnPool(Action action) => Assert.That(Task.Run(action).Wait(Patience.Limit));
}
