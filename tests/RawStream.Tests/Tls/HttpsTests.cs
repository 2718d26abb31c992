using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Tls;

/// <summary>What works over TCP works the same over TLS.</summary>
public sealed class HttpsTests
{
    [Test]
    public async Task A_request_is_answered_and_knows_that_it_is_secure()
    {
        await using var server = NewServer();
        server.Http.Map("GET /", request => $"{request.Scheme} {request.RemoteEndPoint}");
        var client = await server.ConnectTlsAsync();

        var first = await client.GetAsync("/");
        var second = await client.GetAsync("/");

        Assert.That(first.Text, Is.EqualTo($"https {client.LocalEndPoint}"));
        Assert.That(second.Text, Is.EqualTo(first.Text));
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [TestCase(SslProtocols.Tls12)]
    [TestCase(SslProtocols.Tls13)]
    public async Task Both_versions_are_spoken_with_http_1_1_as_the_protocol(SslProtocols version)
    {
        await using var server = NewServer();
        server.Http.Map("GET /", request => "Hello");
        var options = TestCertificates.TrustAll();
        options.EnabledSslProtocols = version;
        options.ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
        var client = await server.ConnectTlsAsync(options);

        Assert.That((await client.GetAsync("/")).Text, Is.EqualTo("Hello"));
        Assert.That(client.Tls.SslProtocol, Is.EqualTo(version));
        Assert.That(client.Tls.NegotiatedApplicationProtocol, Is.EqualTo(SslApplicationProtocol.Http11));
    }

    [Test]
    public async Task A_client_that_speaks_only_HTTP_2_is_refused_in_the_handshake()
    {
        await using var server = NewServer();
        var options = TestCertificates.TrustAll();
        options.ApplicationProtocols = [SslApplicationProtocol.Http2];

        Assert.That(async () => await server.ConnectTlsAsync(options), Throws.InstanceOf<AuthenticationException>().Or.InstanceOf<IOException>());
        await server.UntilIdleAsync();
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    [Platform(Exclude = "Win")]
    public async Task The_cipher_suites_can_be_chosen()
    {
        await using var server = new TestServer(https: new HttpsOptions
        {
            Certificate = ServerCertificate.SelfSigned(),
#pragma warning disable CA1416 // Not on Windows.
            CipherSuites = new CipherSuitesPolicy([TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256]),
#pragma warning restore CA1416
        });
        var client = await server.ConnectTlsAsync();

        Assert.That(client.Tls.NegotiatedCipherSuite, Is.EqualTo(TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256));
    }

    [Test]
    public async Task An_old_version_is_refused_in_the_handshake()
    {
        await using var server = NewServer();
        var options = TestCertificates.TrustAll();
#pragma warning disable SYSLIB0039, CA5397, CA5398 // The old version is what is tested.
        options.EnabledSslProtocols = SslProtocols.Tls11;
#pragma warning restore SYSLIB0039, CA5397, CA5398

        Assert.That(async () => await server.ConnectTlsAsync(options), Throws.InstanceOf<AuthenticationException>().Or.InstanceOf<IOException>());
        await server.UntilIdleAsync();
    }

    [Test]
    public async Task Each_chunk_arrives_when_it_is_written()
    {
        await using var server = NewServer();
        using var next = new SemaphoreSlim(0);
        server.Http.Map("GET /", async (_, response) =>
        {
            for (var i = 0; i < 5; i++)
            {
                await response.WriteAsync($"chunk {i}\n");
                await next.WaitAsync();
            }
        });
        var client = await server.ConnectTlsAsync();
        await client.AskAsync("/");

        for (var i = 0; i < 5; i++)
        {
            await client.ReadUntilAsync($"8\r\nchunk {i}\n\r\n");
            next.Release();
        }
        Assert.That(await client.ReadUntilAsync("0\r\n\r\n"), Is.EqualTo("0\r\n\r\n"));
    }

    [Test]
    public async Task A_body_of_any_size_comes_and_goes([Values(1, 16 * 1024, 16 * 1024 + 1, 3_000_000)] int size)
    {
        await using var server = NewServer();
        server.Http.Map("POST /", async request => Response.Bytes(await request.ReadBytesAsync()));
        var client = await server.ConnectTlsAsync();
        var body = new string('x', size - 1) + "y";

        Assert.That((await client.PostAsync("/", body)).Text, Is.EqualTo(body));
    }

    [Test]
    public async Task What_goes_both_ways_at_once_is_whole()
    {
        await using var server = NewServer();
        server.Http.Map("POST /", async (request, response) =>
        {
            while (await request.Body.ReadAsync() is { Buffer.IsEmpty: false } read)
            {
                await response.WriteAsync(read.Buffer.First);
                request.Body.AdvanceTo(read.Buffer.GetPosition(read.Buffer.First.Length));
            }
        });
        await server.StartAsync();
        using var http = NewHttpClient(server.Http.Port);
        var bytes = new byte[5_000_000];
        new Random(1).NextBytes(bytes);
        using var content = new ByteArrayContent(bytes);

        var echoed = await http.PostAsync("/", content).Within();

        Assert.That(await echoed.Content.ReadAsByteArrayAsync().Within(), Is.EqualTo(bytes));
    }

    [Test]
    public async Task A_slow_client_makes_the_handler_wait()
    {
        await using var server = NewServer();
        var blocked = new Signal();
        server.Http.Map("GET /", async (_, response) =>
        {
            var piece = new byte[64 * 1024];
            for (var i = 0; i < 400; i++)
            {
                var write = response.WriteAsync(piece);
                if (!write.IsCompleted) blocked.Set();
                await write;
            }
        });
        var client = await server.ConnectTlsAsync();
        await client.AskAsync("/");

        await blocked.WaitAsync();
        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Text, Has.Length.EqualTo(400 * 64 * 1024));
        Assert.That(reply.Chunks, Has.All.Length.EqualTo(64 * 1024));
    }

    public enum Leaving { CloseNotify, Fin, Rst }

    [Test]
    public async Task A_handler_is_told_when_the_client_leaves([Values] Leaving how)
    {
        await using var server = NewServer();
        var told = new Signal();
        server.Http.Map("GET /", async (request, response) =>
        {
            await response.FlushAsync();
            await Signal.Of(request.Aborted);
            told.Set();
        });
        var client = await server.ConnectTlsAsync();
        await client.AskAsync("/");
        await client.ReadUntilAsync("\r\n\r\n");

        if (how == Leaving.CloseNotify) await client.Tls.ShutdownAsync().Within();
        if (how == Leaving.Fin) client.Finish();
        if (how == Leaving.Rst) client.Abort();

        await told.WaitAsync();
        await client.DisposeAsync();
        await server.UntilIdleAsync();
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task The_end_of_the_connection_is_told_in_TLS()
    {
        await using var server = NewServer();
        server.Http.Map("GET /", request => "bye");
        var client = await server.ConnectTlsAsync();
        await client.AskAsync("/", fields: "Connection: close\r\n");

        var all = await client.ReadToEndAsync(); // A TCP end without the alert would throw below.

        Assert.That(all, Does.EndWith("bye"));
        Assert.That(await client.Tls.ReadAsync(new byte[1]).Within(), Is.Zero);
    }

    [Test]
    public async Task A_large_response_arrives_whole_before_the_connection_is_closed([Values] bool half)
    {
        await using var server = NewServer();
        var body = new byte[8_000_000];
        server.Http.Map("GET /", request => Response.Bytes(body));
        var client = await server.ConnectTlsAsync();
        await client.AskAsync("/", fields: half ? "" : "Connection: close\r\n");
        if (half) await client.Tls.ShutdownAsync().Within();

        Assert.That(await client.ReadToEndAsync(), Has.Length.GreaterThan(body.Length));
    }

    [TestCase("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [TestCase("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")]
    public async Task Plain_HTTP_gets_a_clear_400(string request)
    {
        await using var server = NewServer();
        var client = await server.ConnectTcpAsync();
        await client.SendAsync(request);

        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Status, Is.EqualTo(400));
        Assert.That(reply.Text, Does.Contain("This port speaks HTTPS"));
        Assert.That(reply.Closes);
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task Garbage_in_place_of_a_handshake_ends_the_connection()
    {
        await using var server = NewServer();
        foreach (var garbage in new byte[][] { [22, 3, 1, 0, 5, 1, 2, 3, 4, 5], [0x80, 0x2e, 1, 0, 2], [0], [22, 3, 1, 255, 255], [255, 255, 255, 255, 255, 255] })
        {
            var client = await server.ConnectTcpAsync();
            await client.SendAsync(garbage);
            client.Finish();
            await client.ReadToEndAsync(); // At most an alert.
            await client.DisposeAsync();
        }
        await server.UntilIdleAsync();
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_handshake_that_takes_too_long_ends_the_connection([Values] bool begins)
    {
        var time = new ManualTime();
        await using var server = NewServer(time);
        var client = await server.ConnectTcpAsync();
        if (begins) await client.SendAsync((byte[])[22, 3, 1, 1, 0, 1]);
        await Patience.UntilAsync(() => server.Http.Metrics.OpenConnections == 1, "it is accepted");

        time.AdvanceSeconds(9);
        Assert.That(client.IsSilent);
        time.AdvanceSeconds(2);

        await server.UntilIdleAsync();
        await Patience.UntilAsync(() => server.Log.Lines.Any(line => line.Text.Contains("the TLS handshake took too long", StringComparison.Ordinal)), "the TLS handshake took too long");
    }

    [Test]
    public async Task A_client_that_takes_nothing_is_cut_after_the_write_timeout()
    {
        var time = new ManualTime();
        await using var server = NewServer(time);
        var blocked = new Signal();
        server.Http.Map("GET /", async (_, response) =>
        {
            while (true)
            {
                var write = response.WriteAsync(new byte[64 * 1024]);
                if (!write.IsCompleted) blocked.Set();
                await write;
            }
        });
        var client = await server.ConnectTlsAsync();
        await client.AskAsync("/");
        await blocked.WaitAsync();

        await Patience.UntilAsync(
            () =>
            {
                time.AdvanceSeconds(1);
                return server.Http.Metrics.OpenConnections == 0;
            },
            "the connection is cut");
        await Patience.UntilAsync(() => server.Log.Lines.Any(line => line.Text.Contains("a write made no progress", StringComparison.Ordinal)), "a write made no progress");
    }

    [Test]
    public async Task The_server_stops_with_idle_and_unfinished_connections()
    {
        await using var server = NewServer();
        server.Http.Map("GET /", request => "Hello");
        var idle = await server.ConnectTlsAsync();
        await idle.GetAsync("/");
        var silent = await server.ConnectTcpAsync();
        await Patience.UntilAsync(() => server.Http.Metrics.OpenConnections == 2, "both are accepted");

        var stopping = server.Http.StopAsync();
        Assert.That(await idle.ReadToEndAsync(), Is.Empty);
        await idle.DisposeAsync();

        await stopping.Within();
        Assert.That(silent.ReadToEndAsync, Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task A_connection_too_many_is_closed_without_a_word()
    {
        await using var server = new TestServer(limits: new HttpLimits { Connections = 1 }, https: TestCertificates.Options());
        server.Http.Map("GET /", request => "Hello");
        var first = await server.ConnectTlsAsync();

        Assert.That(async () => await server.ConnectTlsAsync(), Throws.InstanceOf<IOException>().Or.InstanceOf<AuthenticationException>().Or.InstanceOf<SocketException>());
        Assert.That((await first.GetAsync("/")).Text, Is.EqualTo("Hello"));
    }

    [Test]
    public async Task A_request_in_records_of_one_byte_is_read()
    {
        await using var server = NewServer();
        server.Http.Map("POST /", async request => await request.ReadTextAsync());
        var client = await server.ConnectTlsAsync();

        foreach (var one in "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nHello") await client.SendAsync(one.ToString());

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("Hello"));
    }

    [Test]
    public async Task Pipelined_requests_in_one_record_are_answered_in_order()
    {
        await using var server = NewServer();
        server.Http.Map("GET /{n}", request => request.Route["n"]);
        var client = await server.ConnectTlsAsync();
        var asked = Enumerable.Range(0, 500).Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        var sending = client.SendAsync(string.Concat(asked.Select(n => $"GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n")));

        foreach (var n in asked) Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo(n));
        await sending;
    }

    [Test]
    public async Task The_trace_shows_what_is_within_TLS()
    {
        var lines = new List<string>();
        await using var server = new TestServer(https: TestCertificates.Options(), trace: line =>
        {
            lock (lines) lines.Add(line);
        });
        server.Http.Map("GET /", request => "Hello");
        var client = await server.ConnectTlsAsync();
        await client.GetAsync("/");

        await Patience.UntilAsync(() => Has("GET / HTTP/1.1") && Has("Hello"), "both are shown"); // The client may be faster.

        bool Has(string words)
        {
            lock (lines) return lines.Any(line => line.Contains(words, StringComparison.Ordinal));
        }
    }

    [TestCase("example.org", "/a?b=c", 443, "https://example.org/a?b=c")]
    [TestCase("example.org:8000", "/", 8443, "https://example.org:8443/")]
    [TestCase("[::1]:8000", "/", 443, "https://[::1]/")]
    [TestCase("[::1]", "/%41", 443, "https://[::1]/%41")]
    public async Task A_plain_server_can_send_its_clients_over(string host, string target, int port, string location)
    {
        await using var server = new TestServer();
        server.Http.Map("/{*path}", request => Response.RedirectToHttps(request, port));
        var client = server.Connect();
        await client.SendAsync($"POST {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n");

        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Status, Is.EqualTo(308));
        Assert.That(reply["Location"], Is.EqualTo(location));
    }

    private static TestServer NewServer(TimeProvider? time = null) => new(https: TestCertificates.Options(), time: time);

    private static HttpClient NewHttpClient(int port) => new(new SocketsHttpHandler
    {
        SslOptions = TestCertificates.TrustAll(),
    })
    {
        BaseAddress = new Uri($"https://localhost:{port}/"),
    };
}
