using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using RawStream.Load.Wire;

namespace RawStream.Load.Client;

/// <summary>The connection over which events are published and what is open is counted: keep-alive, one request after the other.</summary>
internal sealed class Publisher : IDisposable
{
    private const int Patience = 30_000;

    private readonly int _port;
    private readonly string _counter;
    private TcpClient _client;
    private BufferedStream _stream;

    /// <param name="port">Of the server.</param>
    /// <param name="counter">What tells how many are open.</param>
    public Publisher(int port, string counter = "/count")
    {
        (_port, _counter) = (port, counter);
        (_client, _stream) = Connect();
    }

    public void Publish(int events, int size)
    {
        Send(events, size);
        ReadAnswer();
    }

    /// <summary>Asks for events, and leaves the answer for later.</summary>
    public void Send(int events, int size) =>
        Send($"POST /publish?n={events}&size={size} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n");

    /// <summary>How many the server knows of.</summary>
    public int Count()
    {
        Send(Requests.Get(_counter));
        return int.Parse(ReadAnswer(), CultureInfo.InvariantCulture);
    }

    public string ReadAnswer()
    {
        var fields = WireReader.ReadHead(_stream);
        var length = WireReader.Field(fields, "Content-Length") ?? throw new InvalidDataException("The answer does not tell its length.");
        var body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
        _stream.ReadExactly(body);
        if ("close".Equals(WireReader.Field(fields, "Connection"), StringComparison.OrdinalIgnoreCase)) Reconnect();
        return Encoding.UTF8.GetString(body);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _client.Dispose();
    }

    private void Send(string request)
    {
        _stream.Write(Encoding.ASCII.GetBytes(request));
        _stream.Flush();
    }

    /// <summary>HttpListener closes after a hundred requests.</summary>
    private void Reconnect()
    {
        Dispose();
        (_client, _stream) = Connect();
    }

    private (TcpClient, BufferedStream) Connect()
    {
        var client = new TcpClient { NoDelay = true, ReceiveTimeout = Patience };
        client.Connect(IPAddress.Loopback, _port);
        return (client, new BufferedStream(client.GetStream()));
    }
}
