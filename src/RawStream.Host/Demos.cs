namespace RawStream.Host;

/// <summary>The demo routes. Each shows one thing that the library does.</summary>
internal static class Demos
{
    private static readonly Response Plaintext = Response.Text("Hello, World!", contentType: "text/plain");
    private static readonly Response Ok = Response.Text("OK");
    private static readonly Response NoContent = Response.Empty(204);
    private static readonly Response NotModified = Response.Empty(304);

    /// <param name="server">Not started yet.</param>
    /// <param name="time">What the clock, the chat and the tokens go by.</param>
    public static void Map(HttpServer server, TimeProvider time)
    {
        MapContract(server);
        MapEvents(server, time);
        MapPages(server);
    }

    /// <summary>What every host of this kind answers, and what it is measured by.</summary>
    private static void MapContract(HttpServer server)
    {
        var ticks = new TickStream();
        var fanOut = new FanOut();
        server
            .Map("GET /plaintext", request => Plaintext)
            .Map("POST /echo", Echo)
            .Map("GET /inspect", request => Inspection.Of(request))
            .Map("GET /stream", ChunkStream.Write)
            .Map("GET /tick", ticks.Write)
            .Map("GET /active", request => ticks.CountOpen())
            .Map("GET /sse", request => fanOut.Join(request))
            .Map("POST /publish", fanOut.Publish)
            .Map("GET /count", request => fanOut.Count())
            .Map("GET /ws", request => WebSocketEcho.Response)
            .Map("GET /parts", WriteParts)
            .Map("POST /noread", request => Ok)
            .Map("GET /204", request => NoContent)
            .Map("GET /304", request => NotModified);
    }

    private static void MapEvents(HttpServer server, TimeProvider time)
    {
        var clock = new Clock(time);
        var random = new RandomEvents(time);
        var completions = new Completions(time);
        var chat = new Lazy<Chat>(() => new Chat(time)); // Its JSON would take a tenth of the start.
        server
            .Map("GET /hello", request => Response.Events(Ticker.Every(TimeSpan.FromSeconds(1), time).Select(_ => "hello")))
            .Map("GET /clock", request => clock.Show())
            .Map("GET /random", random.Samples)
            .Map("GET /numbers", random.Numbers)
            .Map("POST /v1/chat/completions", completions.Complete)
            .Map("GET /generating", request => completions.CountGenerating())
            .Map("GET /chat/events", request => chat.Value.Listen(request))
            .Map("POST /chat/{room}", request => chat.Value.Say(request))
            .Map("POST /streams/{key}/topics", request => chat.Value.Move(request))
            .Map("DELETE /streams/{key}", request => chat.Value.End(request));
    }

    private static void MapPages(HttpServer server)
    {
        server.Map("GET /", request => Page.Index).Map("GET /style.css", request => Page.Style);
        foreach (var (path, page) in Page.Demos) server.Map($"GET {path}", request => page);
    }

    /// <summary>Full duplex: what arrived goes back before the rest has come.</summary>
    private static async ValueTask Echo(Request request, ResponseWriter response)
    {
        response.Headers["Content-Type"] = request.Headers["Content-Type"] ?? "application/octet-stream";
        while (true)
        {
            var read = await request.Body.ReadAsync();
            foreach (var piece in read.Buffer)
                if (!piece.IsEmpty) await response.WriteAsync(piece); // Without content, the response is to be empty and not chunked.
            request.Body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }

    private static async ValueTask WriteParts(Request request, ResponseWriter response)
    {
        response.Headers["Content-Type"] = "text/plain; charset=utf-8";
        for (var part = 0; part < 5; part++) await response.WriteAsync($"part{part}\n");
    }
}
