using System.Globalization;
using NUnit.Framework;
using RawStream.Http1;
using RawStream.Tests.Events;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Coding;

// GZipStream checks the CRC-32 of each member: what it decodes without a complaint is what was sent.

/// <summary>A broadcast to clients that take gzip: each event is compressed once for all of them, and put together to one member for each.</summary>
public sealed class BroadcastTests
{
    private const string Gzip = "Accept-Encoding: gzip, deflate, br\r\n";

    private const string GzipHeader = "\u001f\u008b\u0008\0\0\0\0\0\0\u00ff";

    private readonly ManualTime _time = new();
    private TestServer _server = null!;
    private CountingCoding _coding = null!;
    private Broadcast<string> _news = null!;

    [SetUp]
    public void CreateServer()
    {
        _server = new TestServer(time: _time);
        _coding = CountingCoding.UseIn(_server.Http);
        _news = new Broadcast<string>(new BroadcastOptions { Epoch = "e", MaxEvents = 200 });
        _server.Http.Map("GET /", request => Response.Events(_news.Subscribe(request.LastEventId)));
    }

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [Test]
    public async Task Each_event_can_be_decoded_when_it_comes_and_is_compressed_once_for_all()
    {
        var clients = new List<(TestClient Client, LiveDecoder Decoder)>();
        for (var i = 0; i < 5; i++)
        {
            var client = _server.Connect();
            clients.Add((client, new LiveDecoder("gzip")));
            await client.AskAsync("/", fields: Gzip);
            Assert.That(await client.ReadUntilAsync("\r\n\r\n"), Does.Contain("Content-Encoding: gzip\r\n").And.Contain("Vary: Accept-Encoding\r\n"));
            Assert.That(await clients[i].Decoder.DecodeAsync(await ReadChunkAsync(client), 0), Is.Empty);
        }

        for (var i = 1; i <= 20; i++)
        {
            _news.Publish($"event {i} {Coded.Words}");
            var text = $"id: e-{i}\ndata: event {i} {Coded.Words}\n\n";
            foreach (var (client, decoder) in clients)
            {
                var chunk = await ReadChunkAsync(client);
                Assert.That(chunk, Has.Length.LessThan(text.Length / 3));
                Assert.That(await decoder.DecodeAsync(chunk, text.Length), Is.EqualTo(text));
            }
        }
        _news.Complete();

        foreach (var (client, decoder) in clients)
        {
            Assert.That(await decoder.EndAsync(await ReadChunkAsync(client)), Is.Empty);
            Assert.That(await client.ReadUntilAsync("\r\n\r\n"), Is.EqualTo("0\r\n\r\n"));
        }
        Assert.That(_coding.Blocks, Is.InRange(1, 22), "one for each event at most, and one for each 8 KiB");
        Assert.That(_coding.Open, Is.Zero);
        Assert.That(_coding.Made, Is.Zero, "no stream has a compressor of its own");
    }

    [Test]
    public async Task Whoever_comes_when_gets_a_whole_member([Values(0, 1, 50, 120, 500)] int before)
    {
        for (var i = 0; i < before; i++) _news.Publish(Text(i));
        var plain = _server.Connect();
        await plain.AskAsync("/", fields: "Last-Event-ID: e-1\r\n");
        var resumed = _server.Connect();
        await resumed.AskAsync("/", fields: $"{Gzip}Last-Event-ID: e-1\r\n");
        var late = _server.Connect();
        await late.AskAsync("/", fields: Gzip);
        await Patience.UntilAsync(() => _news.Subscribers == 3, "all are there");
        for (var i = 0; i < 150; i++)
        {
            _news.Publish(Text(i));
            if (i % 7 == 0) await _news.DeliveredAsync().Within();
        }
        _news.Complete();

        var expected = (await plain.ReadReplyAsync()).Text;
        var coded = (await resumed.ReadReplyAsync()).Text;
        Assert.That(Coded.Decode("gzip", coded), Is.EqualTo(expected));
        Assert.That(coded, Has.Length.LessThan(expected.Length * 0.7), "small events become shorter, too");
        Assert.That(expected, Does.EndWith(Coded.Decode("gzip", (await late.ReadReplyAsync()).Text)));
    }

    [Test]
    public async Task Padding_heartbeats_and_replayed_events_belong_to_the_member()
    {
        Subscription<string>? subscription = null;
        _server.Http.Map("GET /all", request => Response.Events(
            subscription = _news.Subscribe(["", "a"], "other-1"), new EventStreamOptions { Padding = EventStreamOptions.PaddingMax, Retry = TimeSpan.FromSeconds(1) }));
        for (var i = 0; i < 10; i++) _news.Publish(Text(i), topic: i % 2 == 0 ? "a" : "b");
        var client = _server.Connect();
        await client.AskAsync("/all", fields: Gzip);
        await client.ReadUntilAsync("\r\n\r\n");
        await Patience.UntilAsync(() => _news.Subscribers == 1, "it is there");
        _news.Publish("one");
        var chunks = new List<string>();
        while (chunks.Count < 8) chunks.Add(await ReadChunkAsync(client)); // Padding, a gap, topic a, one: from the last of them on it is idle.
        _time.AdvanceSeconds(15.25);
        chunks.Add(await ReadChunkAsync(client)); // The heartbeat.
        subscription!.Follow("b", replay: 3);
        _news.Publish("two");
        await _news.DeliveredAsync().Within();
        _news.Complete();

        while (await ReadChunkAsync(client) is { Length: > 0 } chunk) chunks.Add(chunk);
        var text = Coded.Decode("gzip", string.Concat(chunks));

        Assert.That(text, Does.Contain("retry: 1000\n").And.Contain("event: gap\n").And.Contain("data: two\n"));
        Assert.That(text, Does.Contain("data: one\n\n:\n\n"), "a heartbeat");
        Assert.That(text.Split("data: ").Length - 1, Is.EqualTo(1 + 5 + 1 + 3 + 1), "a gap, topic a, one, the last of topic b, two");
    }

    [Test]
    public async Task Whoever_joins_in_the_middle_is_in_step_soon()
    {
        var first = await OpenAsync();
        _news.Publish(Text(1));
        await ReadChunkAsync(first);
        var second = await OpenAsync();

        var stored = 0;
        for (var i = 2; i < 200; i++)
        {
            _news.Publish(Text(i));
            var chunks = (await ReadChunkAsync(first), await ReadChunkAsync(second));
            if (chunks.Item1 == chunks.Item2) break;
            stored++;
            Assert.That(chunks.Item2, Does.Contain(Text(i)), "it has not had what the other one's refers to");
            Assert.That(chunks.Item1, Has.Length.LessThan(chunks.Item2.Length));
        }

        Assert.That(stored, Is.InRange(1, 8 * 1024 / Text(1).Length));
    }

    [Test]
    public async Task After_a_heartbeat_events_refer_to_nothing_before_it()
    {
        var first = await OpenAsync();
        using var decoder = new LiveDecoder("gzip");
        await decoder.DecodeAsync(GzipHeader, 0);
        for (var i = 1; i <= 3; i++)
        {
            _news.Publish(Text(i));
            var text = $"id: e-{i}\ndata: {Text(i)}\n\n";
            Assert.That(await decoder.DecodeAsync(await ReadChunkAsync(first), text.Length), Is.EqualTo(text));
        }
        _time.AdvanceSeconds(15.25);
        Assert.That(await decoder.DecodeAsync(await ReadChunkAsync(first), 3), Is.EqualTo(":\n\n"));
        _news.Publish(Text(4));

        var event4 = $"id: e-4\ndata: {Text(4)}\n\n";
        Assert.That(await decoder.DecodeAsync(await ReadChunkAsync(first), event4.Length), Is.EqualTo(event4));
    }

    [Test]
    public async Task A_client_that_takes_it_in_parts_gets_every_byte_right([Range(1, 120, 7)] int window)
    {
        var connection = new MemoryConnection(new TransportLimits(64 * 1024, 64 * 1024), window);
        var connections = new ConnectionSet();
        var context = new ServerContext(
            new HttpServerOptions(),
            (request, response) =>
            {
                response.Content.Coding = _coding;
                return Response.Events(_news.Subscribe()).WriteAsync(request, response);
            },
            connections,
            new ServerMetrics(connections));
        var serving = new Http1Connection(connection, context, id: 1);
        connections.Add(serving);
        _ = Task.Run(serving.Start);
        await using var client = TestClient.Over(connection.Client);
        var reading = client.GetAsync("/", Gzip);
        await Patience.UntilAsync(() => _news.Subscribers == 1, "it is there");

        var expected = "";
        for (var i = 1; i <= 40; i++)
        {
            _news.Publish(Text(i * window));
            expected += $"id: e-{i}\ndata: {Text(i * window)}\n\n";
            if (i % 3 == 0) await _news.DeliveredAsync().Within();
        }
        _news.Complete();

        Assert.That(Coded.Decode("gzip", (await reading.Within()).Text), Is.EqualTo(expected));
    }

    [Test]
    public async Task Many_that_come_while_it_is_published_get_all_from_there_on()
    {
        var news = new Broadcast<string>(new BroadcastOptions { Epoch = "e", MaxEvents = 10_000, MaxBytes = 16 * 1024 * 1024 });
        _server.Http.Map("GET /many", _ => Response.Events(news.Subscribe()));
        var publishing = Task.Run(async () =>
        {
            for (var i = 1; i <= 5000; i++)
            {
                news.Publish(Text(i));
                if (i % 50 == 0) await news.DeliveredAsync();
            }
        });
        var readings = new List<Task<Reply>>();
        while (!publishing.IsCompleted && readings.Count < 40)
        {
            var client = await _server.ConnectTcpAsync();
            readings.Add(Task.Run(() => client.GetAsync("/many", Gzip)));
            await Patience.UntilAsync(() => news.Subscribers == readings.Count, "it is there");
        }
        await publishing.Within();
        news.Complete();

        var all = string.Concat(Enumerable.Range(1, 5000).Select(i => $"id: e-{i}\ndata: {Text(i)}\n\n"));
        foreach (var reading in readings)
        {
            var text = Coded.Decode("gzip", (await reading.Within()).Text);
            Assert.That(all.EndsWith(text, StringComparison.Ordinal), $"{text.Length} characters");
        }
        Assert.That(readings, Is.Not.Empty);
    }

    [Test]
    public async Task A_slow_client_that_is_cut_off_gets_no_end()
    {
        var news = new Broadcast<string>(new BroadcastOptions { MaxEvents = 2, SlowConsumer = SlowConsumerPolicy.Disconnect });
        var noise = new Random(1);
        _server.Http.Map("GET /slow", _ => Response.Events(news.Subscribe()));
        var client = _server.Connect();
        await client.AskAsync("/slow", fields: Gzip);
        await Patience.UntilAsync(() => news.Subscribers == 1, "it is there");
        for (var i = 0; news.Subscribers == 1; i++)
        {
            news.Publish(string.Concat(Enumerable.Range(0, 2000).Select(_ => (char)noise.Next(0x21, 0x7f))));
            await news.DeliveredAsync().Within();
            Assert.That(i, Is.LessThan(10_000), "it is never cut off");
        }

        Assert.That(async () => await client.ReadToEndAsync(), Throws.InstanceOf<IOException>().Or.Not.EndsWith("0\r\n\r\n"));
    }

    [TestCase("br")]
    [TestCase("identity")]
    [TestCase("gzip;q=0, br")]
    public async Task Who_does_not_take_gzip_gets_it_as_it_is(string accepted)
    {
        Assert.That((await HearAsync("/", $"GET / HTTP/1.1\r\nHost: test\r\nAccept-Encoding: {accepted}\r\n\r\n")).Text, Is.EqualTo("id: e-1\ndata: x\n\n"));
    }

    [Test]
    public async Task Who_knows_no_chunks_gets_it_as_it_is()
    {
        Assert.That((await HearAsync("/", $"GET / HTTP/1.0\r\n{Gzip}\r\n")).Text, Is.EqualTo("id: e-1\ndata: x\n\n"));
    }

    [Test]
    public async Task Who_gets_other_events_than_the_rest_gets_them_as_they_are()
    {
        _server.Http.Map("GET /latest", _ => Response.Events(_news.Subscribe(options: new SubscribeOptions { SlowConsumer = SlowConsumerPolicy.ConflateByKey })));

        var reply = await HearAsync("/latest", $"GET /latest HTTP/1.1\r\nHost: test\r\n{Gzip}\r\n");

        Assert.That(reply.Text, Is.EqualTo("id: e-1\ndata: x\n\n"));
        Assert.That(reply["Vary"], Is.EqualTo("Accept-Encoding"));
    }

    [Test]
    public async Task HEAD_has_the_fields_of_GET()
    {
        var client = _server.Connect();
        await client.AskAsync("/", "HEAD", Gzip);

        Assert.That((await client.ReadReplyAsync(isHead: true))["Content-Encoding"], Is.EqualTo("gzip"));
    }

    private static string Text(int i)
    {
        var trade = string.Create(CultureInfo.InvariantCulture, $"{{\"symbol\":\"RAW\",\"price\":{i * 7 % 1000},\"time\":\"2026-11-20T12:00:{i % 60:00}Z\",\"side\":\"buy\"}}");
        return trade + string.Concat(Enumerable.Range(0, i % 40).Select(n => $"{n * i:x}"));
    }

    /// <summary>A client that has read the head and the header of the member.</summary>
    private async Task<TestClient> OpenAsync()
    {
        var client = _server.Connect();
        await client.AskAsync("/", fields: Gzip);
        await client.ReadUntilAsync("\r\n\r\n");
        Assert.That(await ReadChunkAsync(client), Is.EqualTo(GzipHeader));
        return client;
    }

    private async Task<Reply> HearAsync(string target, string request)
    {
        var client = _server.Connect();
        await client.SendAsync(request);
        await Patience.UntilAsync(() => _news.Subscribers == 1, $"{target} is open");
        _news.Publish("x");
        _news.Complete();
        var reply = await client.ReadReplyAsync();
        Assert.That(reply.Count("Content-Encoding"), Is.Zero);
        return reply;
    }

    private static async Task<string> ReadChunkAsync(TestClient client)
    {
        var size = int.Parse(await client.ReadLineAsync(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return (await client.ReadTextAsync(size + 2))[..^2];
    }
}
