using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace RawStream.Bench.Peers;

/// <summary>The framework's own HttpListener: one thread-pool work item a request, blocking writes.</summary>
internal sealed class HttpListenerPeer : IPeer
{
    private readonly HttpListener _listener = new();
    private readonly Task _accepting;

    private HttpListenerPeer(int port)
    {
        Port = port;
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public static HttpListenerPeer Start(int port) => new(port == 0 ? FreePort() : port);

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _accepting;
    }

    /// <summary>HttpListener cannot be asked for port 0.</summary>
    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
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

    private static void Answer(HttpListenerContext context)
    {
        try
        {
            if (context.Request.Url!.AbsolutePath == "/plaintext") Plaintext(context.Response);
            else Stream(context.Request, context.Response);
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The client left.
        }
    }

    private static void Plaintext(HttpListenerResponse response)
    {
        response.ContentType = "text/plain";
        response.Close(Payload.Greeting, willBlock: true);
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
