using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Security;

/// <summary>A server that is attacked by raw bytes, and knows which requests its handlers have seen.</summary>
internal sealed class Victim : IAsyncDisposable
{
    public const string Smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

    private readonly TestServer _server;
    private readonly List<string> _seen = [];

    public Victim(HttpLimits? limits = null)
    {
        _server = new TestServer(limits);
        _server.Http.Use(next => (request, response) =>
        {
            lock (_seen) _seen.Add($"{request.Method} {request.Path}");
            return next(request, response);
        });
        _server.Http.Map("POST /echo", async request => Response.Bytes(await request.ReadBytesAsync(), "text/plain"));
        _server.Http.Map("POST /unread", _ => "unread");
        _server.Http.Map("GET /", request => request.Host);
        _server.Http.Map("GET /smuggled", _ => "smuggled");
    }

    public HttpServer Http => _server.Http;

    public TestLog Log => _server.Log;

    public IReadOnlyList<string> Seen
    {
        get
        {
            lock (_seen) return [.. _seen];
        }
    }

    /// <summary>All that comes back for these bytes and a FIN.</summary>
    public async Task<string> AnswerAsync(string bytes)
    {
        var client = _server.Connect();
        await client.SendAsync(bytes);
        client.Finish();
        return await client.ReadToEndAsync();
    }

    public TestClient Connect() => _server.Connect();

    /// <summary>The message is refused, and the request that stands behind it, where another parser may see one, is seen by nobody.</summary>
    public async Task RefusesAsync(string message, int status = 400)
    {
        var answer = await AnswerAsync(message + Smuggled);

        Assert.That(answer, Does.StartWith($"HTTP/1.1 {status} "));
        Assert.That(answer, Does.Contain("Connection: close\r\n"));
        Assert.That(answer.Split("HTTP/1.1 "), Has.Length.EqualTo(2), "one response");
        Assert.That(Seen, Has.None.Contains("smuggled"));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
