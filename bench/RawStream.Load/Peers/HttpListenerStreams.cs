using System.Globalization;
using System.Net;
using System.Text;

namespace RawStream.Load.Peers;

/// <summary>What stays open with HttpListener. It finds out by a write only that a client has left.</summary>
internal sealed class HttpListenerStreams
{
    private readonly HashSet<HttpListenerResponse> _subscribers = [];

    private int _ticking;

    public string CountTicking() => Volatile.Read(ref _ticking).ToString(CultureInfo.InvariantCulture);

    public string CountSubscribers()
    {
        lock (_subscribers) return _subscribers.Count.ToString(CultureInfo.InvariantCulture);
    }

    public async Task TickAsync(HttpListenerContext context)
    {
        Interlocked.Increment(ref _ticking);
        try
        {
            var body = Begin(context.Response, "text/plain", Tick());
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Number(context.Request, "ms")));
            while (await timer.WaitForNextTickAsync())
                await body.WriteAsync(Tick());
        }
        catch (Exception e) when (IsDeparture(e))
        {
            context.Response.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref _ticking);
        }
    }

    public void Subscribe(HttpListenerContext context)
    {
        Begin(context.Response, "text/event-stream", ": \n\n"u8);
        lock (_subscribers) _subscribers.Add(context.Response);
    }

    public void Publish(HttpListenerRequest request)
    {
        var item = Encoding.UTF8.GetBytes($"data: {new string('x', Number(request, "size"))}\n\n");
        lock (_subscribers)
            for (var left = Number(request, "n"); left > 0; left--) _subscribers.RemoveWhere(response => !TryWrite(response, item));
    }

    /// <summary>It sends the head with the first bytes of the body, so there are some at once.</summary>
    private static Stream Begin(HttpListenerResponse response, string contentType, ReadOnlySpan<byte> first)
    {
        response.ContentType = contentType;
        response.SendChunked = true;
        response.OutputStream.Write(first);
        return response.OutputStream;
    }

    private static byte[] Tick() => Encoding.UTF8.GetBytes($"It is {DateTime.UtcNow:O}\n");

    private static bool TryWrite(HttpListenerResponse response, byte[] item)
    {
        try
        {
            response.OutputStream.Write(item);
            return true;
        }
        catch (Exception e) when (IsDeparture(e))
        {
            response.Abort();
            return false;
        }
    }

    private static bool IsDeparture(Exception e) => e is HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException;

    private static int Number(HttpListenerRequest request, string name) =>
        int.Parse(request.QueryString[name]!, CultureInfo.InvariantCulture);
}
