using System.Globalization;
using NUnit.Framework;
using RawStream.Tests.Docs;
using RawStream.Tests.Support;
using RawStream.Tests.WebSockets;

namespace RawStream.Tests.Proxies;

/// <summary>Streams through a real nginx, with the settings of docs/proxies.md and with its own.</summary>
internal sealed class NginxTests
{
    private Broadcast<string> _news = null!;
    private Signal _left = null!;
    private TestServer _server = null!;

    [SetUp]
    public async Task StartServer()
    {
        _news = new Broadcast<string>();
        _left = new Signal();
        _server = new TestServer();
        _server.Http.Map("GET /news", request => Response.Events(_news.Subscribe(request.LastEventId)));
        _server.Http.Map("GET /lively", request => Response.Events(_news.Subscribe(), new EventStreamOptions { Heartbeat = TimeSpan.FromMilliseconds(250) }));
        _server.Http.Map("GET /ws", request => Response.WebSocket(Echoes.EchoAsync));
        _server.Http.Map("GET /text", async (request, response) =>
        {
            await response.WriteAsync("first line\n");
            await Signal.Of(request.Aborted);
            _left.Set();
        });
        await _server.StartAsync();
    }

    [TearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    [Test]
    public async Task With_the_settings_of_the_docs_each_chunk_goes_on_when_it_comes_and_the_end_of_the_client_ends_the_handler()
    {
        using var nginx = await NginxProcess.StartAsync(DocumentedSettings());
        await using var text = await TestClient.LoopbackAsync(nginx.Port);
        await text.AskAsync("/text");
        await text.ReadUntilAsync("first line\n");
        text.Abort();
        await _left.WaitAsync();
    }

    [Test]
    public async Task Events_arrive_at_once_with_any_settings([Values] bool documented)
    {
        using var nginx = await NginxProcess.StartAsync(documented ? DocumentedSettings() : OwnSettings());
        await using var client = await TestClient.LoopbackAsync(nginx.Port);
        await client.AskAsync("/news");
        await client.ReadUntilAsync("text/event-stream");
        for (var i = 0; i < 3; i++)
        {
            _news.Publish($"event {i}");
            await client.ReadUntilAsync($"data: event {i}\n\n"); // Before the next one is published.
        }
    }

    [Test]
    public async Task A_client_resumes_through_it()
    {
        using var nginx = await NginxProcess.StartAsync(DocumentedSettings());
        _news.Publish("missed");
        var epoch = _news.LastEventId!.Split('-')[0];
        await using var client = await TestClient.LoopbackAsync(nginx.Port);
        await client.AskAsync("/news", fields: $"Last-Event-ID: {epoch}-0\r\n");
        await client.ReadUntilAsync("data: missed\n\n");
    }

    [Test]
    public async Task Compressed_events_arrive_at_once()
    {
        using var nginx = await NginxProcess.StartAsync("gzip on; gzip_types text/event-stream; gzip_proxied any; gzip_min_length 1;" + DocumentedSettings());
        using var http = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.GZip });
        var address = new Uri($"http://127.0.0.1:{nginx.Port}/news");
        using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead).Within();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (var i = 0; i < 3; i++)
        {
            _news.Publish($"event {i}");
            while (await reader.ReadLineAsync().Within() != $"data: event {i}")
            {
                // Ids and empty lines.
            }
        }
    }

    [Test]
    public async Task Heartbeats_keep_a_silent_stream_open_that_would_be_cut()
    {
        using var nginx = await NginxProcess.StartAsync(DocumentedSettings().Replace("proxy_read_timeout 60s", "proxy_read_timeout 1s", StringComparison.Ordinal));
        await using var silent = await TestClient.LoopbackAsync(nginx.Port);
        await using var lively = await TestClient.LoopbackAsync(nginx.Port);
        await lively.AskAsync("/lively");
        await silent.AskAsync("/news");
        await silent.ReadToEndAsync(); // Nginx has cut it.

        _news.Publish("still here");
        await lively.ReadUntilAsync("data: still here\n\n");
    }

    [Test]
    public async Task A_WebSocket_passes_with_the_settings_of_the_docs()
    {
        using var nginx = await NginxProcess.StartAsync(DocumentedSettings());
        await using var client = await TestClient.LoopbackAsync(nginx.Port);
        var socket = await RawSocket.OpenAsync(_server, fields: "Origin: http://test\r\n", client: client);

        await socket.SendAsync(ClientFrame.Text("Hello"), ClientFrame.Close());

        Assert.That((await socket.ReadToCloseAsync()).Select(frame => frame.ToString()), Is.EqualTo(new[] { "1:Hello", "8:1000" }));
    }

    /// <summary>The block of docs/proxies.md, for this server.</summary>
    private string DocumentedSettings()
    {
        var page = File.ReadAllText(Repository.Path("docs/proxies.md"));
        const string begin = "```nginx\n";
        var start = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var block = page[start..page.IndexOf("```", start, StringComparison.Ordinal)];
        Assert.That(block, Does.Contain("127.0.0.1:8000"));
        return block.Replace("127.0.0.1:8000", $"127.0.0.1:{_server.Http.Port.ToString(CultureInfo.InvariantCulture)}", StringComparison.Ordinal);
    }

    private string OwnSettings() => $"location / {{ proxy_pass http://127.0.0.1:{_server.Http.Port}; }}";
}
