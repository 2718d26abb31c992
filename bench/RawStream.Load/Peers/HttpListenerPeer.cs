using System.Globalization;
using System.Net;
using System.Text;

namespace RawStream.Load.Peers;

/// <summary>The framework's own HttpListener: one thread-pool work item a request, blocking writes.</summary>
internal sealed class HttpListenerPeer : IPeer
{
    private readonly HttpListener _listener = new();
    private readonly HttpListenerStreams _streams = new();
    private readonly Task _accepting;

    private HttpListenerPeer(int port)
    {
        Port = port;
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public static HttpListenerPeer Start(int port) => new(port == 0 ? Nginx.FreePort() : port);

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                ThreadPool.UnsafeQueueUserWorkItem(Answer, await _listener.GetContextAsync(), preferLocal: false);
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed: that is how GetContextAsync ends.
        }
    }

    private void Answer(HttpListenerContext context)
    {
        try
        {
            switch (context.Request.Url!.AbsolutePath)
            {
                case "/plaintext": Text(context.Response, Payload.Greeting); break;
                case "/stream": Stream(context.Request, context.Response); break;
                case "/tick": _ = _streams.TickAsync(context); break;
                case "/active": Text(context.Response, Encoding.ASCII.GetBytes(_streams.CountTicking())); break;
                case "/sse": _streams.Subscribe(context); break;
                case "/count": Text(context.Response, Encoding.ASCII.GetBytes(_streams.CountSubscribers())); break;
                default:
                    _streams.Publish(context.Request);
                    Text(context.Response, "OK"u8.ToArray());
                    break;
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The client left.
        }
    }

    private static void Text(HttpListenerResponse response, byte[] text)
    {
        response.ContentType = "text/plain";
        response.Close(text, willBlock: true);
    }

    private static void Stream(HttpListenerRequest request, HttpListenerResponse response)
    {
        var chunk = Payload.Chunk(int.Parse(request.QueryString["size"]!, CultureInfo.InvariantCulture));
        var chunks = int.Parse(request.QueryString["chunks"]!, CultureInfo.InvariantCulture);
        response.SendChunked = true;
        for (var i = 0; i < chunks; i++)
        {
            response.OutputStream.Write(chunk.Span);
            response.OutputStream.Flush();
        }
        response.Close();
    }
}
