using RawStream.Tests.Support;

namespace RawStream.Tests.WebSockets;

/// <summary>Servers whose /ws sends back what it gets.</summary>
internal static class Echoes
{
    public static TestServer Create(WebSocketOptions? options = null, TimeProvider? time = null)
    {
        var server = new TestServer(time: time);
        server.Http.Map("GET /ws", request => Response.WebSocket(EchoAsync, options));
        return server;
    }

    public static async ValueTask EchoAsync(WebSocketConnection socket)
    {
        await foreach (var message in socket.ReadAllAsync()) await socket.SendAsync(message);
    }
}
