using System.Net;
using System.Net.Security;

namespace RawStream.Tests.Support;

/// <summary>A server with a log and clients, all of which end with the test.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly List<TestClient> _clients = [];

    public TestServer(
        HttpLimits? limits = null, HttpTimeouts? timeouts = null, TimeProvider? time = null,
        Func<Request, Exception, Response?>? onError = null, Action<string>? trace = null, string host = "localhost", string? unixSocket = null, int port = 0,
        HttpTransport? transport = null, HttpsOptions? https = null)
    {
        Http = new HttpServer(new HttpServerOptions
        {
            Port = port,
            Transport = transport ?? TestTransport.Value,
            Host = host,
            Https = https,
            UnixSocketPath = unixSocket,
            Limits = limits ?? new HttpLimits(),
            Timeouts = timeouts ?? new HttpTimeouts(),
            TimeProvider = time ?? TimeProvider.System,
            LoggerFactory = Log,
            OnError = onError,
            Trace = trace,
        });
    }

    public TestLog Log { get; } = new();

    public HttpServer Http { get; }

    /// <summary>A client in memory.</summary>
    public TestClient Connect() => Keep(TestClient.InMemory(Http));

    /// <summary>A client over TCP; the server is started.</summary>
    public async Task<TestClient> ConnectTcpAsync()
    {
        await StartAsync();
        return Keep(await TestClient.LoopbackAsync(Http.Port));
    }

    /// <summary>A client over TLS; the server is started.</summary>
    public async Task<TestClient> ConnectTlsAsync(SslClientAuthenticationOptions? options = null)
    {
        await StartAsync();
        return Keep(await TestClient.TlsAsync(Http.Port, options ?? TestCertificates.TrustAll()));
    }

    /// <inheritdoc cref="TestClient.ConnectAsync"/>
    public async Task<TestClient> ConnectAsync(EndPoint endPoint, IPAddress? from = null, int? window = null) => Keep(await TestClient.ConnectAsync(endPoint, from, window));

    public Task StartAsync() => Http.EndPoints.Count == 0 ? Http.StartAsync() : Task.CompletedTask;

    /// <summary>One request on a connection of its own.</summary>
    public Task<Reply> GetAsync(string target, string fields = "") => Connect().GetAsync(target, fields);

    public Task<Reply> PostAsync(string target, string body, string fields = "") => Connect().PostAsync(target, body, fields);

    /// <summary>No handler runs, and no connection is open.</summary>
    public Task UntilIdleAsync() =>
        Patience.UntilAsync(() => Http.Metrics is { OpenConnections: 0, RunningHandlers: 0 }, "no connection is open and no handler runs");

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await Http.StopAsync(new CancellationToken(canceled: true)).Within();
        await Http.DisposeAsync();
    }

    private TestClient Keep(TestClient client)
    {
        _clients.Add(client);
        return client;
    }
}
