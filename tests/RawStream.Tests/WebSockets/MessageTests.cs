using System.Net.WebSockets;
using System.Text;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.WebSockets;

/// <summary>What handlers read and send.</summary>
public sealed class MessageTests
{
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer() => _server = new TestServer();

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [Test]
    public async Task A_message_knows_what_it_is()
    {
        var seen = new List<(string, bool, int)>();
        var socket = await OpenAsync(async socket =>
        {
            await foreach (var message in socket.ReadAllAsync()) seen.Add((message.Text, message.IsText, message.Bytes.Length));
        });

        await socket.SendAsync(ClientFrame.Text("für"), ClientFrame.Binary([0x66, 0xFF]), ClientFrame.Close());

        await socket.ReadToCloseAsync();
        Assert.That(seen, Is.EqualTo(new[] { ("für", true, 4), ("f\uFFFD", false, 2) }));
    }

    [Test]
    public async Task What_is_sent_arrives_as_what_it_is()
    {
        var socket = await OpenAsync(async socket =>
        {
            await socket.SendAsync("für");
            await socket.SendAsync("");
            await socket.SendAsync(new byte[] { 1, 2 });
            await socket.SendAsync(new WebSocketMessage("text"u8.ToArray(), isText: true));
            await socket.SendAsync("\uD800");
        });

        await socket.SendAsync(ClientFrame.Close());

        var frames = await socket.ReadToCloseAsync();
        Assert.That(frames.SkipLast(1).Select(frame => $"{frame.Opcode}:{frame.Text}"), Is.EqualTo(new[] { "1:für", "1:", "2:\u0001\u0002", "1:text", "1:\uFFFD" }));
    }

    [Test]
    public void Text_that_is_not_UTF_8_is_no_message() =>
        Assert.That(() => new WebSocketMessage(new byte[] { 0xFF }, isText: true), Throws.ArgumentException);

    [Test]
    public async Task Messages_of_many_threads_stay_whole()
    {
        const int senders = 8, each = 50;
        var socket = await OpenAsync(socket => new ValueTask(Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++) await socket.SendAsync(new string((char)('a' + sender), 1 + i * 400));
        })))));

        var lengths = new Dictionary<char, List<int>>();
        for (var i = 0; i < senders * each; i++)
        {
            var frame = await socket.ReadAsync();
            Assert.That(frame.Payload.Distinct().Count(), Is.EqualTo(1));
            if (!lengths.TryGetValue(frame.Payload[0], out var list)) lengths[frame.Payload[0]] = list = [];
            list.Add(frame.Payload.Length);
        }

        Assert.That(await socket.ReadCloseAsync(), Is.EqualTo(1000));
        Assert.That(lengths, Has.Count.EqualTo(senders));
        foreach (var list in lengths.Values) Assert.That(list, Is.EqualTo(Enumerable.Range(0, each).Select(i => 1 + i * 400)), "in the order of each sender");
    }

    [Test]
    public async Task A_sender_waits_for_a_client_that_does_not_read()
    {
        var waits = new Signal();
        var socket = await OpenAsync(async socket =>
        {
            for (var i = 0; i < 100; i++)
            {
                var send = socket.SendAsync(new byte[10_000]);
                if (!send.IsCompleted) waits.Set();
                await send;
            }
        });
        await waits.WaitAsync();

        for (var i = 0; i < 100; i++) Assert.That((await socket.ReadAsync()).Payload, Has.Length.EqualTo(10_000));

        Assert.That(await socket.ReadCloseAsync(), Is.EqualTo(1000));
    }

    [Test]
    public async Task A_message_can_be_sent_in_pieces_and_others_wait_for_its_end()
    {
        var middle = new Signal();
        var release = new Signal();
        var socket = await OpenAsync(async socket =>
        {
            var streamed = socket.SendAsync(PiecesAsync(), isText: true);
            await middle.WaitAsync();
            var other = socket.SendAsync("other").AsTask();
            Assert.That(other.IsCompleted, Is.False);
            release.Set();
            await streamed;
            await other;
        });
        await socket.SendAsync(ClientFrame.Close());

        var frames = await socket.ReadToCloseAsync();

        Assert.That(frames.SkipLast(1).Select(frame => frame.ToString()), Is.EqualTo(new[] { "1…:f\u00C3", "0…:\u00BC", "0…:r", "0:", "1:other" }));

        async IAsyncEnumerable<ReadOnlyMemory<byte>> PiecesAsync()
        {
            yield return new byte[] { (byte)'f', 0xC3 };
            yield return new byte[] { 0xBC };
            middle.Set();
            await release.WaitAsync();
            yield return "r"u8.ToArray();
        }
    }

    [Test]
    public async Task Pieces_that_do_not_come_to_their_end_close_the_socket([Values] bool notText)
    {
        var fault = new TaskCompletionSource<Exception?>();
        var socket = await OpenAsync(async socket =>
        {
            fault.SetResult(await Assert.CatchAsync(async () => await socket.SendAsync(PiecesAsync(), isText: true)));
            Assert.That(async () => await socket.SendAsync("more"), Throws.InstanceOf<OperationCanceledException>());
        });

        Assert.That((await socket.ReadAsync()).ToString(), Is.EqualTo("1…:a"));
        Assert.That(await socket.ReadCloseAsync(), Is.EqualTo(1011));
        Assert.That(await fault.Task.Within(), notText ? Is.InstanceOf<ArgumentException>() : Is.InstanceOf<InvalidDataException>());

        async IAsyncEnumerable<ReadOnlyMemory<byte>> PiecesAsync()
        {
            yield return "a"u8.ToArray();
            if (!notText) throw new InvalidDataException("on purpose");
            await Task.Yield();
            yield return new byte[] { 0xFF };
        }
    }

    [Test]
    public async Task A_long_message_can_be_read_in_pieces_beyond_what_one_may_hold()
    {
        var read = new List<(int Length, bool Ends)>();
        var socket = await OpenAsync(
            async socket =>
            {
                var length = 0;
                await foreach (var piece in socket.ReadPiecesAsync())
                {
                    length += piece.Bytes.Length;
                    if (!piece.EndsMessage) continue;
                    read.Add((length, piece.IsText));
                    length = 0;
                }
            },
            new WebSocketOptions { MaxMessageSize = 1000 });

        await socket.SendAsync(ClientFrame.Binary(new byte[200_000]), ClientFrame.Text(""));
        await socket.SendAsync(ClientFrame.Text("ab", final: false), ClientFrame.Ping(), ClientFrame.More("c"), ClientFrame.Close());

        Assert.That((await socket.ReadToCloseAsync()).Select(frame => frame.ToString()), Is.EqualTo(new[] { "10:", "8:1000" }));
        Assert.That(read, Is.EqualTo(new[] { (200_000, false), (0, true), (3, true) }));
    }

    [Test]
    public async Task The_rest_of_a_message_that_is_not_wanted_is_skipped()
    {
        var socket = await OpenAsync(async socket =>
        {
            await foreach (var piece in socket.ReadPiecesAsync()) break;
            await Echoes.EchoAsync(socket);
        });

        await socket.SendAsync(ClientFrame.Binary(new byte[100_000]), ClientFrame.Text("next"), ClientFrame.Close());

        Assert.That((await socket.ReadToCloseAsync()).Select(frame => frame.ToString()), Is.EqualTo(new[] { "1:next", "8:1000" }));
    }

    [Test]
    public async Task One_reads_at_a_time()
    {
        var fault = new TaskCompletionSource<Exception?>();
        var socket = await OpenAsync(async socket =>
        {
            var first = socket.ReadAsync();
            fault.SetResult(await Assert.CatchAsync(async () => await socket.ReadAsync()));
            await socket.SendAsync((await first)!.Value);
        });

        await socket.SendAsync(ClientFrame.Text("a"), ClientFrame.Close());

        Assert.That(await fault.Task.Within(), Is.InstanceOf<InvalidOperationException>());
        Assert.That((await socket.ReadToCloseAsync()).Select(frame => frame.ToString()), Is.EqualTo(new[] { "1:a", "8:1000" }));
    }

    [Test]
    public async Task It_ends_with_its_handler()
    {
        var kept = new TaskCompletionSource<WebSocketConnection>();
        var socket = await OpenAsync(socket =>
        {
            kept.SetResult(socket);
            return default;
        });
        await socket.SendAsync(ClientFrame.Close());
        await socket.ReadToCloseAsync();
        var ended = await kept.Task.Within();

        Assert.That(async () => await ended.SendAsync("late"), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await ended.ReadAsync(), Throws.InvalidOperationException);
    }

    [Test]
    public async Task A_broadcast_can_feed_it()
    {
        var news = new Broadcast<string>();
        _server.Http.Map("GET /news", request => Response.WebSocket(async socket =>
        {
            await foreach (var item in news.Subscribe().WithCancellation(request.Aborted)) await socket.SendAsync(item.Data);
        }));
        var sockets = new List<RawSocket>();
        for (var i = 0; i < 3; i++) sockets.Add(await RawSocket.OpenAsync(_server, "/news"));
        await Patience.UntilAsync(() => news.Subscribers == 3, "all have joined");

        news.Publish("first");
        news.Publish("second");

        foreach (var socket in sockets)
        {
            Assert.That((await socket.ReadAsync()).Text, Is.EqualTo("first"));
            Assert.That((await socket.ReadAsync()).Text, Is.EqualTo("second"));
            await socket.SendAsync(ClientFrame.Close());
            Assert.That(await socket.ReadCloseAsync(), Is.EqualTo(1000));
        }
        await Patience.UntilAsync(() => news.Subscribers == 0, "all have left");
        _server.Log.AssertQuiet();
    }

    [Test]
    public async Task Each_compressed_message_stands_by_itself_or_refers_to_those_before([Values] bool keepContext)
    {
        var text = string.Concat(Enumerable.Range(0, 30).Select(i => $"word{i * 7919} "));
        var socket = await OpenAsync(
            async socket =>
            {
                for (var i = 0; i < 3; i++) await socket.SendAsync(text);
                await socket.SendAsync("short");
            },
            new WebSocketOptions { Compression = keepContext ? WebSocketCompression.KeepContext : WebSocketCompression.PerMessage },
            "Sec-WebSocket-Extensions: permessage-deflate\r\n");
        await socket.SendAsync(ClientFrame.Close());

        var frames = await socket.ReadToCloseAsync();

        Assert.That(frames.Select(frame => frame.IsCompressed), Is.EqualTo(new[] { true, true, true, false, false }));
        Assert.That(Inflation.Inflate(frames[0]), Is.EqualTo(text));
        Assert.That(frames[0].Payload, Has.Length.LessThan(text.Length));
        if (keepContext) Assert.That(frames[2].Payload, Has.Length.LessThan(frames[0].Payload.Length / 4));
        else Assert.That(frames[2].Payload, Is.EqualTo(frames[0].Payload));
    }

    [Test]
    public async Task NET_talks_to_it([Values] bool compressed, [Values] bool overTls)
    {
        await using var server = new TestServer(https: overTls ? TestCertificates.Options() : null);
        server.Http.Map("GET /ws", request => Response.WebSocket(Echoes.EchoAsync, new WebSocketOptions
        {
            Compression = compressed ? WebSocketCompression.KeepContext : WebSocketCompression.Off, Subprotocols = ["echo"],
        }));
        await server.StartAsync();
        using var client = new ClientWebSocket();
        if (compressed) client.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        client.Options.AddSubProtocol("echo");
        client.Options.RemoteCertificateValidationCallback = TestCertificates.TrustAll().RemoteCertificateValidationCallback;
        await client.ConnectAsync(new Uri($"{(overTls ? "wss" : "ws")}://127.0.0.1:{server.Http.Port}/ws"), CancellationToken.None).Within();
        Assert.That(client.SubProtocol, Is.EqualTo("echo"));

        foreach (var size in new[] { 0, 1, 125, 126, 65535, 65536, 1024 * 1024 })
        {
            var sent = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("0123456789abcdef", size / 16 + 1))[..size]);
            var receiving = ReceiveAsync(client, size);
            await client.SendAsync(sent, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).Within();
            Assert.That(await receiving.Within(), Is.EqualTo(sent));
        }
        await client.CloseAsync((WebSocketCloseStatus)4000, "done", CancellationToken.None).Within();

        Assert.That(client.CloseStatus, Is.EqualTo((WebSocketCloseStatus)4000));
        await server.UntilIdleAsync();
        server.Log.AssertQuiet();
    }

    private static async Task<byte[]> ReceiveAsync(ClientWebSocket client, int size)
    {
        var message = new byte[size + 1];
        var length = 0;
        while (true)
        {
            var result = await client.ReceiveAsync(message.AsMemory(length), CancellationToken.None);
            length += result.Count;
            if (result.EndOfMessage) return message[..length];
        }
    }

    private async Task<RawSocket> OpenAsync(Func<WebSocketConnection, ValueTask> handler, WebSocketOptions? options = null, string fields = "")
    {
        _server.Http.Map("GET /ws", request => Response.WebSocket(handler, options));
        return await RawSocket.OpenAsync(_server, fields: fields);
    }
}
