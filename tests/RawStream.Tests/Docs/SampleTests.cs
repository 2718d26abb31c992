using System.Diagnostics;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Docs;

/// <summary>Each program of docs/samples does what it is there to show.</summary>
[Parallelizable] // It waits more than it works.
public sealed class SampleTests
{
    [TestCase("hello")]
    [TestCase("port-and-host")]
    [TestCase("server")]
    public async Task Says_hello_and_ends_when_it_is_told_to(string name)
    {
        using var sample = await SampleProcess.StartAsync(name);
        using var http = NewClient(sample);

        Assert.That(await http.GetStringAsync("/").Within(), Is.EqualTo("Hello, World!"));
        Assert.That(await sample.StopAsync(), Is.Zero);
    }

    [Test]
    public async Task Inspect_prints_the_request()
    {
        using var sample = await SampleProcess.StartAsync("inspect");
        using var http = NewClient(sample);
        using var body = new StringContent("the body");
        await http.PostAsync("/a/b?c=d", body).Within();

        Assert.That(await sample.ReadLineAsync(), Is.EqualTo("Method: POST"));
        Assert.That(await sample.ReadLineAsync(), Is.EqualTo("Path: /a/b"));
        Assert.That(await sample.ReadLineAsync(), Is.EqualTo("Query parameters: [c, d]"));
        Assert.That(await sample.ReadLineAsync(), Does.Contain("[Host, localhost:").And.Contain("[Content-Length, 8]"));
        Assert.That(await sample.ReadLineAsync(), Is.EqualTo("Body: the body"));
    }

    [Test]
    public async Task Body_survives_a_client_that_hangs_up_inside_it()
    {
        using var sample = await SampleProcess.StartAsync("body");
        using var http = NewClient(sample);
        using var body = new StringContent("four");
        Assert.That(await (await http.PostAsync("/", body).Within()).Content.ReadAsStringAsync().Within(), Is.EqualTo("4 characters"));

        using (var half = new TcpClient())
        {
            await half.ConnectAsync(IPAddress.Loopback, sample.Port);
            await half.GetStream().WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"u8.ToArray());
        }

        Assert.That(await sample.ReadLineAsync(), Does.StartWith("No whole body: "));
    }

    [Test]
    public async Task Json_404_is_one()
    {
        using var sample = await SampleProcess.StartAsync("json-404");
        using var http = NewClient(sample);

        var response = await http.GetAsync("/").Within();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/json"));
        Assert.That(await response.Content.ReadAsStringAsync().Within(), Is.EqualTo("""{"message":"NOT FOUND"}"""));
    }

    [Test]
    public async Task Stream_ends_when_the_client_leaves()
    {
        using var sample = await SampleProcess.StartAsync("stream");
        using var http = NewClient(sample);
        var stream = await http.GetStreamAsync("/").Within();
        using var reader = new StreamReader(stream);
        Assert.That(await reader.ReadLineAsync().Within(), Does.StartWith("It is "));

        await stream.DisposeAsync();

        Assert.That(await sample.ReadLineAsync(), Is.EqualTo("The client has left."));
    }

    [Test]
    public async Task Https_speaks_it()
    {
        using var certificate = TestCertificates.Make("localhost");
        using var sample = await SampleProcess.StartAsync("https", folder => TestCertificates.WritePem(certificate, Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem")));
        using var http = NewClient(sample, "https");

        Assert.That(await http.GetStringAsync("/").Within(), Is.EqualTo("Hello, World!"));
    }

    [Test]
    public async Task Compression_makes_it_smaller()
    {
        using var sample = await SampleProcess.StartAsync("compression");
        using var http = NewClient(sample);
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("br, gzip");

        var response = await http.GetAsync("/").Within();

        Assert.That(response.Content.Headers.ContentEncoding, Is.EqualTo(new[] { "br" }));
        Assert.That(await response.Content.ReadAsByteArrayAsync().Within(), Has.Length.LessThan(100));
    }

    [TestCase("basic", "admin:pass:word", "Basic YWRtaW46cGFzczp3b3Jk", HttpStatusCode.OK)]
    [TestCase("basic", "admin:pass:word", "basic YWRtaW46cGFzczp3b3Jk", HttpStatusCode.OK)]
    [TestCase("basic", "admin:pass:word", "Basic YWRtaW46cGFzczp3b3JE", HttpStatusCode.Unauthorized)]
    [TestCase("basic", "admin:pass:word", "Basic !!!", HttpStatusCode.Unauthorized)]
    [TestCase("basic", "admin:pass:word", "Bearer YWRtaW46cGFzczp3b3Jk", HttpStatusCode.Unauthorized)]
    [TestCase("basic", "admin:pass:word", "", HttpStatusCode.Unauthorized)]
    [TestCase("bearer", "token", "Bearer token", HttpStatusCode.OK)]
    [TestCase("bearer", "token", "Bearer Token", HttpStatusCode.Unauthorized)]
    [TestCase("bearer", "token", "Bearer", HttpStatusCode.Unauthorized)]
    [TestCase("bearer", "token", "token", HttpStatusCode.Unauthorized)]
    [TestCase("bearer", "token", "", HttpStatusCode.Unauthorized)]
    public async Task Basic_and_bearer_let_in_who_knows_the_secret(string name, string secret, string sent, HttpStatusCode status)
    {
        using var sample = await SampleProcess.StartAsync(name, secret: secret);
        using var http = NewClient(sample);
        if (sent.Length > 0) http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", sent);

        var response = await http.GetAsync("/").Within();

        Assert.That(response.StatusCode, Is.EqualTo(status));
        if (status == HttpStatusCode.Unauthorized) Assert.That(response.Headers.WwwAuthenticate.Single().Scheme, Is.EqualTo(name).IgnoreCase);
    }

    [Test]
    public async Task Websocket_answers()
    {
        using var sample = await SampleProcess.StartAsync("websocket");
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://localhost:{sample.Port}/"), CancellationToken.None).Within();

        await socket.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).Within();
        var buffer = new byte[10];
        var received = await socket.ReceiveAsync(buffer, CancellationToken.None).Within();

        Assert.That(Encoding.UTF8.GetString(buffer, 0, received.Count), Is.EqualTo("pong"));
        Assert.That(await sample.ReadLineAsync(), Is.EqualTo("A client has connected."));
    }

    [Test]
    public async Task The_sdk_runs_a_single_file()
    {
        // Compiled by the SDK itself, and not run: its port is fixed.
        using var build = Process.Start(new ProcessStartInfo("dotnet", ["build", Repository.Path("docs/samples/server.cs"), "--nologo"]) { RedirectStandardOutput = true })!;
        var output = await build.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(3));
        await build.WaitForExitAsync();

        Assert.That(build.ExitCode, Is.Zero, output);
    }

    [Test]
    public void None_is_forgotten() => Assert.That(
        Directory.EnumerateFiles(Repository.Path("docs/samples"), "*.cs").Select(Path.GetFileNameWithoutExtension),
        Is.EquivalentTo(new[] { "hello", "port-and-host", "inspect", "body", "json-404", "stream", "https", "compression", "websocket", "basic", "bearer", "server" }));

    private static HttpClient NewClient(SampleProcess sample, string scheme = "http") => new(new SocketsHttpHandler
    {
        SslOptions = TestCertificates.TrustAll(),
    })
    {
        BaseAddress = new Uri($"{scheme}://localhost:{sample.Port}/"),
    };
}
