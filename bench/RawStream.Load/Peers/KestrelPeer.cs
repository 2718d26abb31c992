using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace RawStream.Load.Peers;

/// <summary>
/// Kestrel at its barest: an empty builder (no configuration, no logging, no middleware), one terminal delegate, no Server
/// field. Its stream endpoint comes in the three forms that a programmer would reach for; the best one is the bar.
/// </summary>
internal sealed class KestrelPeer : IPeer
{
    private readonly WebApplication _app;

    private KestrelPeer(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Urls.First()).Port;

    /// <summary>With one of the ways below of writing a stream, and one of the ways of <see cref="KestrelFanOut"/>.</summary>
    public static async Task<KestrelPeer> StartAsync(
        Func<HttpResponse, ReadOnlyMemory<byte>, int, Task> stream, KestrelFanOut fanOut, int port, bool isSecure = false)
    {
        var ticks = new KestrelTicks();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Listen(IPAddress.Loopback, port, listen =>
            {
                if (!isSecure) return;
                listen.Protocols = HttpProtocols.Http1;
                listen.UseHttps(ServerCertificate.SelfSigned().Certificate);
            });
        });
        var app = builder.Build();
        app.Run(context => context.Request.Path.Value switch
        {
            "/plaintext" => Plaintext(context),
            "/stream" => Stream(context, stream),
            "/tick" => ticks.WriteAsync(context),
            "/active" => TextAsync(context, ticks.CountOpen()),
            _ => fanOut.AnswerAsync(context),
        });
        await app.StartAsync();
        return new KestrelPeer(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    public static Task TextAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = text.Length;
        return context.Response.WriteAsync(text);
    }

    private static Task Plaintext(HttpContext context)
    {
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = Payload.Greeting.Length;
        var written = context.Response.BodyWriter.WriteAsync(Payload.Greeting);
        return written.IsCompletedSuccessfully ? Task.CompletedTask : written.AsTask();
    }

    private static Task Stream(HttpContext context, Func<HttpResponse, ReadOnlyMemory<byte>, int, Task> stream)
    {
        var query = context.Request.Query;
        var chunk = Payload.Chunk(int.Parse(query["size"]!, CultureInfo.InvariantCulture));
        return stream(context.Response, chunk, int.Parse(query["chunks"]!, CultureInfo.InvariantCulture));
    }

    /// <summary>Writes into the output buffer and flushes it.</summary>
    public static async Task FlushAsync(HttpResponse response, ReadOnlyMemory<byte> chunk, int chunks)
    {
        PipeWriter body = response.BodyWriter;
        for (var i = 0; i < chunks; i++)
        {
            chunk.Span.CopyTo(body.GetSpan(chunk.Length));
            body.Advance(chunk.Length);
            await body.FlushAsync();
        }
    }

    /// <summary>Writes to the pipe, which flushes.</summary>
    public static async Task WriteAsync(HttpResponse response, ReadOnlyMemory<byte> chunk, int chunks)
    {
        PipeWriter body = response.BodyWriter;
        for (var i = 0; i < chunks; i++)
            await body.WriteAsync(chunk);
    }

    /// <summary>Writes to the stream, which flushes.</summary>
    public static async Task WriteBodyAsync(HttpResponse response, ReadOnlyMemory<byte> chunk, int chunks)
    {
        Stream body = response.Body;
        for (var i = 0; i < chunks; i++)
            await body.WriteAsync(chunk);
    }
}
