namespace RawStream.Host;

/// <summary>The demo routes. Each shows one thing that the library does.</summary>
internal static class Demos
{
    private static readonly Response Plaintext = Response.Text("Hello, World!", contentType: "text/plain");
    private static readonly Response Ok = Response.Text("OK");
    private static readonly Response NoContent = Response.Empty(204);
    private static readonly Response NotModified = Response.Empty(304);

    public static void Map(HttpServer server)
    {
        var ticks = new TickStream();
        server
            .Map("GET /", request => Page.Index)
            .Map("GET /plaintext", request => Plaintext)
            .Map("POST /echo", Echo)
            .Map("GET /inspect", request => Inspection.Of(request))
            .Map("GET /stream", ChunkStream.Write)
            .Map("GET /tick", ticks.Write)
            .Map("GET /active", request => ticks.CountOpen())
            .Map("GET /parts", WriteParts)
            .Map("POST /noread", request => Ok)
            .Map("GET /204", request => NoContent)
            .Map("GET /304", request => NotModified);
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
