using System.Net.WebSockets;
using RawStream.Load.Subject;

namespace RawStream.Load.Soak.Workers;

/// <summary>Messages that come back as they went, by the framework's own client; with compression and without.</summary>
internal static class Sockets
{
    private const int LargestMessage = 100_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task SessionAsync(Shift shift)
    {
        using var late = new CancellationTokenSource(Patience);
        using var socket = new ClientWebSocket();
        if (shift.Random.Next(2) == 0) socket.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{shift.Site.Port}/ws"), late.Token);
        shift.Ledger.AddConnection();
        var received = new byte[LargestMessage];
        for (var left = shift.Random.Next(1, 30); left > 0 && !shift.IsOver; left--)
        {
            var size = shift.Random.Next(shift.Random.Next(1, LargestMessage));
            var sent = Pattern.Bytes(shift.Random.Next(), size);
            var type = shift.Random.Next(2) == 0 ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
            await Task.WhenAll(SendAsync(socket, sent, type, shift.Random.Next(size + 1), late.Token), ExpectAsync(socket, received, sent, type, late.Token));
            shift.Ledger.AddContent(0, size);
        }
        if (shift.Random.Next(4) == 0) socket.Abort();
        else await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, late.Token);
    }

    /// <summary>In two frames.</summary>
    private static async Task SendAsync(ClientWebSocket socket, ReadOnlyMemory<byte> message, WebSocketMessageType type, int cut, CancellationToken late)
    {
        await socket.SendAsync(message[..cut], type, endOfMessage: false, late);
        await socket.SendAsync(message[cut..], type, endOfMessage: true, late);
    }

    private static async Task ExpectAsync(ClientWebSocket socket, byte[] received, byte[] sent, WebSocketMessageType type, CancellationToken late)
    {
        var length = 0;
        ValueWebSocketReceiveResult result;
        do
        {
            result = await socket.ReceiveAsync(received.AsMemory(length), late);
            length += result.Count;
        }
        while (!result.EndOfMessage);
        if (result.MessageType != type || !received.AsSpan(0, length).SequenceEqual(sent)) throw new InvalidDataException("wrong bytes");
    }
}
