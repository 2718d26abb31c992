using System.Net;
using System.Text;
using NUnit.Framework;
using RawStream.Tests.Events;
using RawStream.Tests.Support;

namespace RawStream.Tests.Coding;

/// <summary>What programs of others make of compressed responses.</summary>
public sealed class ClientTests
{
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer()
    {
        _server = new TestServer();
        _server.Http.UseCompression();
        _server.Http.Map("GET /words", _ => Coded.Words);
    }

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [TestCase(DecompressionMethods.GZip)]
    [TestCase(DecompressionMethods.Brotli)]
    [TestCase(DecompressionMethods.All)]
    public async Task HttpClient_shows_each_event_when_it_is_written(DecompressionMethods methods)
    {
        var feed = new Feed<string>();
        _server.Http.Map("GET /", _ => Response.Events(feed));
        using var handler = new SocketsHttpHandler { AutomaticDecompression = methods, ConnectCallback = (_, _) => new(_server.Http.Connect()) };
        using var client = new HttpClient(handler);

        Assert.That(await client.GetStringAsync("http://in.memory/words").Within(), Is.EqualTo(Coded.Words));
        using var lines = new StreamReader(await client.GetStreamAsync("http://in.memory/").Within());
        for (var i = 0; i < 3; i++)
        {
            feed.Give($"event {i}");
            Assert.That(await lines.ReadLineAsync().Within(), Is.EqualTo($"data: event {i}"));
            Assert.That(await lines.ReadLineAsync().Within(), Is.Empty);
        }
        feed.End();
        Assert.That(await lines.ReadToEndAsync().Within(), Is.Empty);
    }

    [TestCase("--http1.1")]
    [TestCase("--http1.0")]
    public async Task Curl_shows_each_event_when_it_is_written(string version)
    {
        var feed = new Feed<string>();
        _server.Http.Map("GET /", _ => Response.Events(feed));
        await _server.StartAsync();
        using var curl = ForeignClient.Start("curl", folder: null, "-sN", "--compressed", "--noproxy", "*", version, $"http://127.0.0.1:{_server.Http.Port}/");

        for (var i = 0; i < 3; i++)
        {
            feed.Give($"event {i}");
            Assert.That(await curl.ReadLineAsync(), Is.EqualTo($"data: event {i}"));
            Assert.That(await curl.ReadLineAsync(), Is.Empty);
        }
        feed.End();

        Assert.That(await curl.ReadLineAsync(), Is.Null);
        await curl.AssertSucceedsAsync();
    }

    [Test]
    public async Task Curl_shows_each_event_of_a_broadcast_when_it_is_published()
    {
        var news = new Broadcast<string>(new BroadcastOptions { Epoch = "e" });
        _server.Http.Map("GET /", _ => Response.Events(news.Subscribe()));
        await _server.StartAsync();
        using var curl = ForeignClient.Start("curl", folder: null, "-sN", "--compressed", "--noproxy", "*", $"http://127.0.0.1:{_server.Http.Port}/");
        await Patience.UntilAsync(() => news.Subscribers == 1, "curl is there");

        for (var i = 1; i <= 50; i++)
        {
            news.Publish($"event {i} {Coded.Words}");
            Assert.That(await curl.ReadLineAsync(), Is.EqualTo($"id: e-{i}"));
            Assert.That(await curl.ReadLineAsync(), Is.EqualTo($"data: event {i} {Coded.Words}"));
            Assert.That(await curl.ReadLineAsync(), Is.Empty);
        }
        news.Complete();

        Assert.That(await curl.ReadLineAsync(), Is.Null);
        await curl.AssertSucceedsAsync(); // It checks the checksum, too.
    }

    [TestCase("gzip")]
    [TestCase("br")]
    public async Task Curl_takes_a_whole_response_and_one_without_content(string coding)
    {
        _server.Http.Map("GET /nothing", _ => Response.Stream(AsyncEnumerable.Empty<string>()));
        await _server.StartAsync();
        foreach (var (target, expected) in new[] { ("words", Coded.Words), ("nothing", "") })
        {
            using var curl = ForeignClient.Start(
                "curl", folder: null, "-sN", "--compressed", "--noproxy", "*", "-H", $"Accept-Encoding: {coding}", $"http://127.0.0.1:{_server.Http.Port}/{target}");

            Assert.That(await curl.ReadToEndAsync(), Is.EqualTo(expected));
            await curl.AssertSucceedsAsync();
        }
    }

    [Test]
    public async Task Text_beyond_ASCII_arrives()
    {
        var text = string.Concat(Enumerable.Repeat("Grüße, 世界 🎉\n", 30));
        _server.Http.Map("GET /", _ => text);
        using var handler = new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All, ConnectCallback = (_, _) => new(_server.Http.Connect()) };
        using var client = new HttpClient(handler);

        Assert.That(Encoding.UTF8.GetString(await client.GetByteArrayAsync("http://in.memory/").Within()), Is.EqualTo(text));
    }
}
