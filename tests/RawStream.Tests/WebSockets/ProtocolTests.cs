using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.WebSockets;

/// <summary>Raw bytes, and what must come back, however they arrive (RFC 6455, RFC 7692).</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ProtocolTests
{
    private const string Offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    private const int SlowBytes = 64;
    private const int Piece = 997;

    [TestCaseSource(typeof(ProtocolCases), nameof(ProtocolCases.All))]
    public Task All_at_once(object protocolCase) => PlayAsync((ProtocolCases.Case)protocolCase, byteByByte: false);

    [TestCaseSource(typeof(ProtocolCases), nameof(ProtocolCases.All))]
    public Task Byte_by_byte(object protocolCase) => PlayAsync((ProtocolCases.Case)protocolCase, byteByByte: true);

    [TestCaseSource(typeof(ProtocolCases), nameof(ProtocolCases.Compressed))]
    public Task Compressed_at_once(object protocolCase) => PlayAsync((ProtocolCases.Case)protocolCase, byteByByte: false, Offer);

    [TestCaseSource(typeof(ProtocolCases), nameof(ProtocolCases.Compressed))]
    public Task Compressed_byte_by_byte(object protocolCase) => PlayAsync((ProtocolCases.Case)protocolCase, byteByByte: true, Offer);

    private static async Task PlayAsync(ProtocolCases.Case played, bool byteByByte, string fields = "")
    {
        await using var server = Echoes.Create(new WebSocketOptions { Compression = fields.Length > 0 ? WebSocketCompression.PerMessage : WebSocketCompression.Off });
        var socket = await RawSocket.OpenAsync(server, fields: fields);

        var sending = SendAsync(socket.Client, played.Sent, byteByByte);
        var frames = await socket.ReadToCloseAsync();
        await sending;

        Assert.That(frames.SkipLast(1).Select(Inflate).ToList(), Is.EqualTo(played.Expected));
        Assert.That(frames[^1].Status, Is.EqualTo(played.Status), frames[^1].Payload);
        server.Log.AssertQuiet();
    }

    /// <summary>Every byte by itself, but of a long payload as much at a time as keeps the test short. A server that has closed may refuse the rest.</summary>
    private static async Task SendAsync(TestClient client, byte[] bytes, bool byteByByte)
    {
        try
        {
            for (var at = 0; at < bytes.Length;)
            {
                var isInside = bytes.Length > 20_000 && at >= SlowBytes && at < bytes.Length - SlowBytes - Piece;
                var count = !byteByByte ? bytes.Length : isInside ? Piece : 1;
                await client.SendAsync(bytes.AsMemory(at, count));
                at += count;
            }
        }
        catch (IOException)
        {
            // What has come back says whether that was right.
        }
    }

    private static ServerFrame Inflate(ServerFrame frame) => frame.IsCompressed ? frame with { IsCompressed = false, Payload = Inflation.Inflate(frame) } : frame;
}
