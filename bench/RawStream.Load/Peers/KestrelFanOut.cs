using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace RawStream.Load.Peers;

/// <summary>
/// Server-sent events to many with ASP.NET: a bounded channel a subscriber, from which its request writes. An event is encoded once
/// and its bytes are shared. A subscriber that does not read loses its oldest events, so that it neither stalls the publisher nor
/// fills the memory. The forms differ in how a request writes what it takes from its channel.
/// </summary>
internal sealed class KestrelFanOut
{
    // More than the events of a burst: none of them may be lost.
    private const int Capacity = 1024;

    private readonly Func<HttpResponse, ChannelReader<byte[]>, CancellationToken, Task> _write;
    private readonly bool _ownChunks;
    private readonly HashSet<Channel<byte[]>> _subscribers = [];
    private readonly Lock _gate = new();

    private KestrelFanOut(Func<HttpResponse, ChannelReader<byte[]>, CancellationToken, Task> write, bool ownChunks) =>
        (_write, _ownChunks) = (write, ownChunks);

    /// <summary>A write an event, which flushes: one chunk an event. What the documentation shows.</summary>
    public static KestrelFanOut Event => new(WriteEventsAsync, ownChunks: false);

    /// <summary>All events that are there, and one flush for them. Kestrel makes one chunk of what lies between two flushes.</summary>
    public static KestrelFanOut Drain => new(DrainAsync, ownChunks: false);

    /// <summary>
    /// The same, and yet one chunk an event: an application that sets Transfer-Encoding itself does the chunking itself. Few would,
    /// but it is the best that can be had of Kestrel.
    /// </summary>
    public static KestrelFanOut Framed => new(DrainAsync, ownChunks: true);

    public Task AnswerAsync(HttpContext context) => (context.Request.Method, context.Request.Path.Value) switch
    {
        ("GET", "/sse") => SubscribeAsync(context),
        ("POST", "/publish") => PublishAsync(context),
        ("GET", "/count") => KestrelPeer.TextAsync(context, Count()),
        _ => NotFoundAsync(context),
    };

    private async Task SubscribeAsync(HttpContext context)
    {
        var channel = Channel.CreateBounded<byte[]>(
            new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_gate) _subscribers.Add(channel);
        try
        {
            PrepareResponse(context);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            await _write(context.Response, channel.Reader, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The subscriber left.
        }
        finally
        {
            lock (_gate) _subscribers.Remove(channel);
        }
    }

    private void PrepareResponse(HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        if (_ownChunks) context.Response.Headers.TransferEncoding = "chunked";
    }

    private static async Task WriteEventsAsync(HttpResponse response, ChannelReader<byte[]> events, CancellationToken aborted)
    {
        var body = response.BodyWriter;
        await foreach (var item in events.ReadAllAsync(aborted))
            await body.WriteAsync(item, aborted);
    }

    private static async Task DrainAsync(HttpResponse response, ChannelReader<byte[]> events, CancellationToken aborted)
    {
        var body = response.BodyWriter;
        while (await events.WaitToReadAsync(aborted))
        {
            while (events.TryRead(out var item))
            {
                item.CopyTo(body.GetSpan(item.Length));
                body.Advance(item.Length);
            }
            await body.FlushAsync(aborted);
        }
    }

    private Task PublishAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var events = int.Parse(query["n"]!, CultureInfo.InvariantCulture);
        var data = new string('x', int.Parse(query["size"]!, CultureInfo.InvariantCulture));
        for (var i = 0; i < events; i++) Publish(Encode(data));
        return KestrelPeer.TextAsync(context, "OK");
    }

    private void Publish(byte[] item)
    {
        lock (_gate)
            foreach (var channel in _subscribers) channel.Writer.TryWrite(item);
    }

    private byte[] Encode(string data)
    {
        var text = $"data: {data}\n\n";
        return Encoding.UTF8.GetBytes(_ownChunks ? $"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n" : text);
    }

    private string Count()
    {
        lock (_gate) return _subscribers.Count.ToString(CultureInfo.InvariantCulture);
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
