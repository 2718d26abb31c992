using NUnit.Framework;

namespace RawStream.Tests.WebSockets;

/// <summary>The opening handshake (RFC 6455 §4.2), and what is agreed on in it.</summary>
public sealed class HandshakeTests
{
    private const string Upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    private const string Version = "Sec-WebSocket-Version: 13\r\n";
    private const string Key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    private const string Good = Upgrade + Version + Key;

    [Test]
    public async Task The_example_of_the_RFC()
    {
        await using var server = Echoes.Create();

        var socket = await RawSocket.OpenAsync(server);

        Assert.That(socket.Reply.Head, Does.StartWith("HTTP/1.1 101 Switching Protocols\r\n"));
        Assert.That(socket.Reply["Connection"], Is.EqualTo("Upgrade"));
        Assert.That(socket.Reply["Upgrade"], Is.EqualTo("websocket"));
        Assert.That(socket.Reply["Sec-WebSocket-Accept"], Is.EqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        foreach (var absent in new[] { "Content-Length", "Transfer-Encoding", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions" })
            Assert.That(socket.Reply[absent], Is.Null, absent);
    }

    [TestCase(101, Good)]
    [TestCase(101, "connection: keep-alive, upgrade\r\nUPGRADE: WebSocket\r\n" + Version + Key, TestName = "names, case and lists")]
    [TestCase(101, "Connection: keep-alive\r\nConnection: Upgrade\r\nUpgrade: foo, websocket\r\n" + Version + Key, TestName = "in several lines")]
    [TestCase(101, Good + "Origin: http://test\r\n", TestName = "the own origin")]
    [TestCase(101, Good + "Origin: https://TEST\r\n", TestName = "the own origin behind TLS")]
    [TestCase(101, Good + "Content-Length: 0\r\n", TestName = "an empty body is none")]
    [TestCase(426, "", TestName = "no upgrade")]
    [TestCase(426, "Upgrade: websocket\r\n" + Version + Key, TestName = "no Connection")]
    [TestCase(426, "Connection: keep-alive\r\nUpgrade: websocket\r\n" + Version + Key, TestName = "another Connection")]
    [TestCase(426, "Connection: Upgrade\r\n" + Version + Key, TestName = "no Upgrade")]
    [TestCase(426, "Connection: Upgrade\r\nUpgrade: websockets\r\n" + Version + Key, TestName = "another Upgrade")]
    [TestCase(426, Upgrade + Key, TestName = "no version")]
    [TestCase(426, Upgrade + "Sec-WebSocket-Version: 8\r\n" + Key, TestName = "an old version")]
    [TestCase(426, Upgrade + "Sec-WebSocket-Version: 013\r\n" + Key, TestName = "a version with a zero")]
    [TestCase(426, Upgrade + Version + "Sec-WebSocket-Version: 8\r\n" + Key, TestName = "two versions")]
    [TestCase(426, Good + "Content-Length: 5\r\n", "hello", TestName = "a body")]
    [TestCase(400, Upgrade + Version, TestName = "no key")]
    [TestCase(400, Upgrade + Version + "Sec-WebSocket-Key: \r\n", TestName = "an empty key")]
    [TestCase(400, Upgrade + Version + Key + Key, TestName = "two keys")]
    [TestCase(400, Upgrade + Version + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n", TestName = "a key without padding")]
    [TestCase(400, Upgrade + Version + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n", TestName = "a key of 15 bytes")]
    [TestCase(400, Upgrade + Version + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQAA\r\n", TestName = "a key of 18 bytes")]
    [TestCase(400, Upgrade + Version + "Sec-WebSocket-Key: dGhl!HNhbXBsZSBub25jZQ==\r\n", TestName = "a key that is not base64")]
    [TestCase(400, Good + "Sec-WebSocket-Protocol: a b\r\n", TestName = "a subprotocol that is no token")]
    [TestCase(400, Good + "Sec-WebSocket-Protocol: a,,b\r\n", TestName = "an empty subprotocol")]
    [TestCase(400, Good + "Sec-WebSocket-Protocol: a, a\r\n", TestName = "a subprotocol twice")]
    [TestCase(400, Good + "Sec-WebSocket-Extensions: a; =b\r\n", TestName = "extensions that are none")]
    [TestCase(400, Good + "Sec-WebSocket-Extensions: a,\r\n", TestName = "half a list of extensions")]
    [TestCase(400, Good + "Sec-WebSocket-Extensions: a; b=\"c\r\n", TestName = "a quoted-string without an end")]
    [TestCase(400, Good + "Sec-WebSocket-Extensions: a; b=\"c d\"\r\n", TestName = "a quoted-string that is no token")]
    [TestCase(403, Good + "Origin: http://evil.example\r\n", TestName = "another origin")]
    [TestCase(403, Good + "Origin: http://test.evil.example\r\n", TestName = "an origin that begins like the own one")]
    [TestCase(403, Good + "Origin: http://test:81\r\n", TestName = "another port")]
    [TestCase(403, Good + "Origin: null\r\n", TestName = "an opaque origin")]
    [TestCase(403, Good + "Origin: test\r\n", TestName = "an origin without a scheme")]
    [TestCase(403, Good + "Origin: http://test\r\nOrigin: http://evil.example\r\n", TestName = "two origins")]
    public async Task Is_answered(int status, string fields, string body = "")
    {
        await using var server = Echoes.Create();
        var client = server.Connect();

        await client.SendAsync($"GET /ws HTTP/1.1\r\nHost: test\r\n{fields}\r\n{body}");
        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Status, Is.EqualTo(status), reply.Text);
        server.Log.AssertQuiet();
        if (status != 426) return;
        Assert.That(reply["Upgrade"], Is.EqualTo("websocket"));
        Assert.That(reply["Connection"], Is.EqualTo("Upgrade"));
        Assert.That(reply["Sec-WebSocket-Version"], Is.EqualTo("13"));
        Assert.That((await client.GetAsync("/nothing")).Status, Is.EqualTo(404), "the connection goes on");
    }

    [TestCase("GET /ws HTTP/1.0\r\nHost: test\r\n" + Good, 426)]
    [TestCase("HEAD /ws HTTP/1.1\r\nHost: test\r\n" + Good, 426)]
    [TestCase("POST /ws HTTP/1.1\r\nHost: test\r\n" + Good, 405)]
    public async Task Only_GET_of_HTTP_1_1(string head, int status)
    {
        await using var server = Echoes.Create();
        var client = server.Connect();

        await client.SendAsync(head + "\r\n");

        Assert.That((await client.ReadReplyAsync(isHead: head.StartsWith("HEAD", StringComparison.Ordinal))).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task A_route_for_all_methods_is_for_GET_only()
    {
        await using var server = Echoes.Create();
        server.Http.Map("/any", request => Response.WebSocket(Echoes.EchoAsync));
        var client = server.Connect();
        await client.AskAsync("/any", "PUT", Good);

        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Status, Is.EqualTo(405));
        Assert.That(reply["Allow"], Is.EqualTo("GET"));
    }

    [TestCase("https://page.example", 101)]
    [TestCase("HTTPS://Page.Example", 101)]
    [TestCase("http://test", 101)]
    [TestCase("http://page.example", 403)]
    [TestCase("https://page.example.evil", 403)]
    public async Task Other_origins_have_to_be_named(string origin, int status)
    {
        await using var server = Echoes.Create(new WebSocketOptions { AllowedOrigins = ["https://page.example"] });

        Assert.That((await server.GetAsync("/ws", $"{Good}Origin: {origin}\r\n")).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task Any_origin_can_be_allowed()
    {
        await using var server = Echoes.Create(new WebSocketOptions { AllowedOrigins = ["*"] });

        Assert.That((await server.GetAsync("/ws", $"{Good}Origin: null\r\n")).Status, Is.EqualTo(101));
    }

    [TestCase("chat.v2, chat.v1", "chat.v2")]
    [TestCase("chat.v1,chat.v2", "chat.v1")]
    [TestCase("other, chat.v1", "chat.v1")]
    [TestCase("other", null)]
    [TestCase("CHAT.V1", null)]
    public async Task The_first_subprotocol_of_the_client_that_is_spoken(string offered, string? agreed)
    {
        string? seen = "none";
        await using var server = Echoes.Create();
        server.Http.Map("GET /sub", request => Response.WebSocket(
            socket =>
            {
                seen = socket.Subprotocol;
                return default;
            },
            new WebSocketOptions { Subprotocols = ["chat.v1", "chat.v2"] }));

        var socket = await RawSocket.OpenAsync(server, "/sub", $"Sec-WebSocket-Protocol: {offered}\r\n");

        Assert.That(await socket.ReadCloseAsync(), Is.EqualTo(1000));
        Assert.That(socket.Reply["Sec-WebSocket-Protocol"], Is.EqualTo(agreed));
        Assert.That(seen, Is.EqualTo(agreed));
    }

    private const string Answer = "permessage-deflate; client_no_context_takeover";

    [TestCase("permessage-deflate", Answer)]
    [TestCase("permessage-deflate; client_max_window_bits", Answer)]
    [TestCase("permessage-deflate; client_max_window_bits=\"10\"", Answer)]
    [TestCase("permessage-deflate; server_no_context_takeover", Answer + "; server_no_context_takeover")]
    [TestCase("permessage-deflate; client_no_context_takeover", Answer)]
    [TestCase("permessage-deflate; server_max_window_bits=15", Answer + "; server_max_window_bits=15")]
    [TestCase("x-other; a=b, permessage-deflate", Answer)]
    [TestCase("permessage-deflate; server_max_window_bits=10, permessage-deflate", Answer)]
    [TestCase("permessage-deflate; unknown, permessage-deflate", Answer)]
    [TestCase("permessage-deflate; server_max_window_bits=10", null)]
    [TestCase("permessage-deflate; server_max_window_bits", null)]
    [TestCase("permessage-deflate; server_max_window_bits=16", null)]
    [TestCase("permessage-deflate; client_max_window_bits=7", null)]
    [TestCase("permessage-deflate; client_max_window_bits=08", null)]
    [TestCase("permessage-deflate; client_max_window_bits=16", null)]
    [TestCase("permessage-deflate; server_no_context_takeover=1", null)]
    [TestCase("permessage-deflate; client_no_context_takeover=true", null)]
    [TestCase("permessage-deflate; client_max_window_bits; client_max_window_bits=10", null)]
    [TestCase("permessage-deflate; unknown=1", null)]
    [TestCase("x-webkit-deflate-frame", null)]
    public async Task Of_compression_the_first_valid_offer_is_taken(string offered, string? agreed)
    {
        await using var server = Echoes.Create(new WebSocketOptions { Compression = WebSocketCompression.KeepContext });

        var socket = await RawSocket.OpenAsync(server, fields: $"Sec-WebSocket-Extensions: {offered}\r\n");

        Assert.That(socket.Reply["Sec-WebSocket-Extensions"], Is.EqualTo(agreed));
    }

    [TestCase(WebSocketCompression.Off, null)]
    [TestCase(WebSocketCompression.PerMessage, Answer + "; server_no_context_takeover")]
    [TestCase(WebSocketCompression.KeepContext, Answer)]
    public async Task Compression_is_what_the_server_wants(WebSocketCompression compression, string? agreed)
    {
        await using var server = Echoes.Create(new WebSocketOptions { Compression = compression });

        var socket = await RawSocket.OpenAsync(server, fields: "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n");

        Assert.That(socket.Reply["Sec-WebSocket-Extensions"], Is.EqualTo(agreed));
    }

    [Test]
    public async Task The_101_carries_fields_of_its_own()
    {
        await using var server = Echoes.Create();
        server.Http.Map("GET /with", request => Response.WebSocket(Echoes.EchoAsync).With("Set-Cookie", "a=1").With("X-Node", "7"));

        var socket = await RawSocket.OpenAsync(server, "/with");

        Assert.That(socket.Reply["Set-Cookie"], Is.EqualTo("a=1"));
        Assert.That(socket.Reply["X-Node"], Is.EqualTo("7"));
    }
}
