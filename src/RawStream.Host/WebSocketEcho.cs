namespace RawStream.Host;

/// <summary><c>GET /ws</c>: each message back, text and binary, as it came.</summary>
internal static class WebSocketEcho
{
    private const int LargestMessage = 16 * 1024 * 1024;

    public static readonly Response Response = RawStream.Response.WebSocket(
        async socket =>
        {
            await foreach (var message in socket.ReadAllAsync()) await socket.SendAsync(message);
        },
        new WebSocketOptions { MaxMessageSize = LargestMessage, Compression = WebSocketCompression.PerMessage });
}
