using System.Globalization;
using System.Text;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.WebSockets;

/// <summary>A frame of the server. Its payload is Latin-1: one character is one byte.</summary>
internal sealed record ServerFrame(int Opcode, string Payload, bool IsFinal = true, bool IsCompressed = false)
{
    public string Text => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(Payload));

    public byte[] Bytes => Encoding.Latin1.GetBytes(Payload);

    /// <summary>Of a close; 0 without a status.</summary>
    public int Status => Payload.Length < 2 ? 0 : (Payload[0] << 8) | Payload[1];

    public override string ToString() =>
        $"{Opcode}{(IsFinal ? "" : "…")}{(IsCompressed ? "z" : "")}:{(Opcode == ClientFrame.CloseCode ? Status.ToString(CultureInfo.InvariantCulture) : Short)}";

    private string Short => Payload.Length <= 40 ? Payload : $"{Payload[..40]}… {Payload.Length} bytes, hash {Payload.GetHashCode(StringComparison.Ordinal)}";
}

/// <summary>A WebSocket client that sends whatever bytes it is told to, and shows each frame of the server.</summary>
internal sealed class RawSocket(TestClient client)
{
    public const string Fields =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    public TestClient Client { get; } = client;

    /// <summary>The answer to the handshake, once it is a 101.</summary>
    public Reply Reply { get; private set; } = null!;

    /// <param name="server">Has a WebSocket there.</param>
    /// <param name="target">Where.</param>
    /// <param name="fields">More of them.</param>
    /// <param name="client">By default one in memory.</param>
    public static async Task<RawSocket> OpenAsync(TestServer server, string target = "/ws", string fields = "", TestClient? client = null)
    {
        var socket = new RawSocket(client ?? server.Connect());
        socket.Reply = await socket.Client.GetAsync(target, Fields + fields);
        Assert.That(socket.Reply.Status, Is.EqualTo(101));
        return socket;
    }

    public Task SendAsync(params byte[][] frames) => Client.SendAsync(frames.SelectMany(bytes => bytes).ToArray());

    public async Task<ServerFrame> ReadAsync()
    {
        var head = await ReadBytesAsync(2);
        Assert.That(head[0] & 0x30, Is.Zero, "reserved bits");
        Assert.That(head[1] & 0x80, Is.Zero, "a server does not mask");
        long length = head[1];
        if (length == 126) length = Number(await ReadBytesAsync(2));
        else if (length == 127) length = Number(await ReadBytesAsync(8));
        Assert.That(head[1], Is.EqualTo(length < 126 ? length : length <= ushort.MaxValue ? 126 : 127), "the shortest form");
        return new ServerFrame(head[0] & 0xF, await Client.ReadTextAsync((int)length), (head[0] & 0x80) != 0, (head[0] & 0x40) != 0);
    }

    /// <summary>The status of the close that is next.</summary>
    public async Task<int> ReadCloseAsync()
    {
        var frame = await ReadAsync();
        Assert.That(frame.Opcode, Is.EqualTo(ClientFrame.CloseCode), frame.ToString());
        return frame.Status;
    }

    /// <summary>All frames up to the server's close, behind which nothing but the end may come.</summary>
    public async Task<List<ServerFrame>> ReadToCloseAsync()
    {
        var frames = new List<ServerFrame>();
        do frames.Add(await ReadAsync());
        while (frames[^1].Opcode != ClientFrame.CloseCode);
        Assert.That(await Client.ReadToEndAsync(), Is.Empty);
        return frames;
    }

    private async Task<byte[]> ReadBytesAsync(int count) => Encoding.Latin1.GetBytes(await Client.ReadTextAsync(count));

    private static long Number(byte[] bytes) => bytes.Aggregate(0L, (number, b) => (number << 8) | b);
}
