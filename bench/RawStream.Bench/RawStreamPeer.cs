using System.Globalization;
using RawStream.Load.Peers;

namespace RawStream.Bench;

/// <summary>RawStream with what the benchmarks ask for.</summary>
internal sealed class RawStreamPeer : IPeer
{
    // Encoded once; every request gets the same bytes.
    private static readonly Response Greeting = Response.Text("Hello, World!", contentType: "text/plain");

    private readonly HttpServer _server;

    private RawStreamPeer(HttpServer server) => _server = server;

    public int Port => _server.Port;

    public static async Task<RawStreamPeer> StartAsync()
    {
        var server = new HttpServer(new HttpServerOptions { Host = "127.0.0.1", Port = 0 });
        server.Map("GET /plaintext", request => Greeting);
        server.Map("GET /stream", Stream);
        await server.StartAsync();
        return new RawStreamPeer(server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async ValueTask Stream(Request request, ResponseWriter response)
    {
        var chunk = Payload.Chunk(int.Parse(request.Query["size"]!, CultureInfo.InvariantCulture));
        for (var left = int.Parse(request.Query["chunks"]!, CultureInfo.InvariantCulture); left > 0; left--)
            await response.WriteAsync(chunk);
    }
}
