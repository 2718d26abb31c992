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

    private readonly TcpClient _client = new() { NoDelay = true, ReceiveTimeout = Patience };
    private readonly BufferedStream _stream;
    private readonly string _counter;

    /// <param name="port">Of the server.</param>
    /// <param name="counter">What tells how many are open.</param>
    public Publisher(int port, string counter = "/count")
    {
        _counter = counter;
        _client.Connect(IPAddress.Loopback, port);
        _stream = new BufferedStream(_client.GetStream());
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
        var length = WireReader.Field(WireReader.ReadHead(_stream), "Content-Length")
            ?? throw new InvalidDataException("The answer does not tell its length.");
        var body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
        _stream.ReadExactly(body);
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
}
