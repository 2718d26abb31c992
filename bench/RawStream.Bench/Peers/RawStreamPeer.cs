using System.Globalization;

namespace RawStream.Bench.Peers;

/// <summary>RawStream with all endpoints, and two ways of writing the stream: a write a chunk, or a buffer and a flush.</summary>
internal sealed class RawStreamPeer : IPeer
{
    // Encoded once; every request gets the same bytes.
    private static readonly Response Greeting = Response.Text("Hello, World!", contentType: "text/plain");

    private readonly HttpServer _server;

    private RawStreamPeer(HttpServer server) => _server = server;

    public int Port => _server.Port;

    public static async Task<RawStreamPeer> StartAsync(Func<ResponseWriter, ReadOnlyMemory<byte>, int, ValueTask> stream, int port)
    {
        var server = new HttpServer(new HttpServerOptions { Host = "127.0.0.1", Port = port });
        server.Map("GET /plaintext", request => Greeting);
        server.Map("GET /stream", (request, response) => Stream(request, response, stream));
        RawStreamFanOut.Map(server);
        await server.StartAsync();
        return new RawStreamPeer(server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static ValueTask Stream(
        Request request, ResponseWriter response, Func<ResponseWriter, ReadOnlyMemory<byte>, int, ValueTask> stream)
    {
        var chunk = Payload.Chunk(int.Parse(request.Query["size"]!, CultureInfo.InvariantCulture));
        return stream(response, chunk, int.Parse(request.Query["chunks"]!, CultureInfo.InvariantCulture));
    }

    /// <summary>One call, one chunk.</summary>
    public static async ValueTask WriteAsync(ResponseWriter response, ReadOnlyMemory<byte> chunk, int chunks)
    {
        for (var i = 0; i < chunks; i++)
            await response.WriteAsync(chunk);
    }

    /// <summary>Writes into the output buffer and flushes it: one chunk as well.</summary>
    public static async ValueTask FlushAsync(ResponseWriter response, ReadOnlyMemory<byte> chunk, int chunks)
    {
        for (var i = 0; i < chunks; i++)
        {
            chunk.Span.CopyTo(response.Body.GetSpan(chunk.Length));
            response.Body.Advance(chunk.Length);
            await response.FlushAsync();
        }
    }
}
