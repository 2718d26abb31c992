using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using RawStream.Tests.Support;

namespace RawStream.Tests.Wire;

/// <summary>The server that the wire cases are played to: small routes whose every byte is known.</summary>
internal static class WireServer
{
    /// <summary>What /fail and /fail-late throw. No other exception may reach the log as an error.</summary>
    public sealed class FailedOnPurposeException() : Exception("This handler fails on purpose.");

    public static HttpServer Create(ILoggerFactory loggers)
    {
        var server = new HttpServer(new HttpServerOptions { Port = 0, Transport = TestTransport.Value, LoggerFactory = loggers });
        MapBodies(server);
        MapWhatArrived(server);
        MapStreams(server);
        server.Map("GET /", _ => "ok");
        server.Map("GET /204", _ => Response.Empty(204));
        server.Map("GET /304", _ => Response.Empty(304));
        return server;
    }

    private static void MapBodies(HttpServer server)
    {
        server.Map("POST /echo", async request => Response.Bytes(await request.ReadBytesAsync(), "text/plain"));
        server.Map("POST /relay", RelayAsync);
        server.Map("POST /noread", _ => "OK");
        server.Map("POST /small", async request =>
        {
            request.MaxBodySize = 10;
            return Response.Bytes(await request.ReadBytesAsync(), "text/plain");
        });
        server.Map("POST /trailers", async request =>
        {
            await request.ReadBytesAsync();
            return Plain(string.Concat(request.Trailers.Select(field => $"{field.Key}: {field.Value};")));
        });
        server.Map("POST /late-field", async request =>
        {
            await request.ReadBytesAsync();
            return Plain($"[{request.Headers["X-A"]}]");
        });
    }

    private static void MapWhatArrived(HttpServer server)
    {
        server.Map("GET /path/{*rest}", request => Plain(request.Path));
        server.Map("GET /rest/{*rest}", request => Plain(request.Route["rest"]));
        server.Map("GET /one/{segment}", request => Plain(request.Route["segment"]));
        server.Map("GET /query", request => Plain(string.Concat(request.Query.Select(pair => $"{pair.Key}={pair.Value};"))));
        server.Map("GET /host", request => Plain(request.Host));
        server.Map("GET /field", request => Plain($"[{request.Headers["X-A"]}]"));
    }

    private static void MapStreams(HttpServer server)
    {
        server.Map("GET /parts", async (request, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            for (var part = 0; part < 5; part++) await response.WriteAsync($"part{part}\n");
        });
        server.Map("GET /stream", async (request, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            var chunk = Encoding.ASCII.GetBytes(new string('x', Number(request, "size")));
            for (var left = Number(request, "chunks"); left > 0; left--) await response.WriteAsync(chunk);
        });
        server.Map("GET /nothing", async (request, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            await response.FlushAsync();
        });
        server.Map("GET /sum", async (request, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            await response.WriteAsync("hello");
            response.Trailers["X-Sum"] = "532";
        });
        server.Map("GET /fail", (Func<Request, Response>)(_ => throw new FailedOnPurposeException()));
        server.Map("GET /fail-late", async (request, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            await response.WriteAsync("hello");
            throw new FailedOnPurposeException();
        });
    }

    /// <summary>Passes each piece of the body on as it comes, reading and writing at the same time.</summary>
    private static async ValueTask RelayAsync(Request request, ResponseWriter response)
    {
        response.Headers["Content-Type"] = "application/octet-stream";
        while (true)
        {
            var read = await request.Body.ReadAsync();
            foreach (var piece in read.Buffer) await response.WriteAsync(piece);
            request.Body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }

    private static Response Plain(string text) => Response.Bytes(Encoding.UTF8.GetBytes(text), "text/plain");

    private static int Number(Request request, string name) => int.Parse(request.Query[name]!, CultureInfo.InvariantCulture);
}
