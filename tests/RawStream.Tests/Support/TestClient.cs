using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using RawStream.Transport;

namespace RawStream.Tests.Support;

/// <summary>A client that sees bytes, over memory or over a socket. Text is Latin-1: one character is one byte.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly Socket? _socket;
    private byte[] _room = new byte[64 * 1024];
    private readonly MemoryStream _unread = new();
    private int _read; // How much of _unread was given out.
    private Task<int>? _receiving;

    private TestClient(Stream stream, Socket? socket = null)
    {
        _stream = stream;
        _socket = socket;
    }

    public static TestClient InMemory(HttpServer server) => new(server.Connect());

    public static TestClient Over(MemoryClient client) => new(client);

    public static Task<TestClient> LoopbackAsync(int port) => ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));

    /// <param name="endPoint">Where to.</param>
    /// <param name="from">An address of this machine; any if there is none.</param>
    /// <param name="window">Bytes that the kernel may keep while nobody reads; as many as it likes if there are none.</param>
    public static async Task<TestClient> ConnectAsync(EndPoint endPoint, IPAddress? from = null, int? window = null)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, endPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            if (from is not null) socket.Bind(new IPEndPoint(from, 0));
            if (window is not null) socket.ReceiveBufferSize = window.Value;
            await socket.ConnectAsync(endPoint).Within();
            return new TestClient(new NetworkStream(socket, ownsSocket: true), socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Its bytes are those within TLS.</summary>
    public static async Task<TestClient> TlsAsync(int port, SslClientAuthenticationOptions options)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port).Within();
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await tls.AuthenticateAsClientAsync(options).Within();
            return new TestClient(tls, socket);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    public SslStream Tls => (SslStream)_stream;

    /// <summary>For a client that reads slowly: it takes no more at a time.</summary>
    public void ReadAtMost(int bytes) => _room = new byte[bytes];

    public EndPoint? LocalEndPoint => _socket?.LocalEndPoint;

    public EndPoint? RemoteEndPoint => _socket?.RemoteEndPoint;

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes).Within();

    /// <summary>For writes that are meant to wait.</summary>
    public ValueTask StartSend(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes);

    public Task AskAsync(string target, string method = "GET", string fields = "") =>
        SendAsync($"{method} {target} HTTP/1.1\r\nHost: test\r\n{fields}\r\n");

    public async Task<Reply> GetAsync(string target, string fields = "")
    {
        await AskAsync(target, fields: fields);
        return await ReadReplyAsync();
    }

    public async Task<Reply> PostAsync(string target, string body, string fields = "")
    {
        await SendAsync($"POST {target} HTTP/1.1\r\nHost: test\r\nContent-Length: {body.Length}\r\n{fields}\r\n{body}");
        return await ReadReplyAsync();
    }

    public Task<Reply> ReadReplyAsync(bool isHead = false) => Reply.ReadAsync(this, isHead);

    /// <summary>A line without its CRLF.</summary>
    /// <exception cref="EndOfStreamException">The server has closed before its end.</exception>
    public async Task<string> ReadLineAsync()
    {
        while (true)
        {
            var end = _unread.GetBuffer().AsSpan(_read, (int)_unread.Length - _read).IndexOf("\r\n"u8);
            if (end >= 0) return (await ReadTextAsync(end + 2))[..^2];
            if (!await ReceiveAsync()) throw new EndOfStreamException($"The server has closed after: {Unread}");
        }
    }

    /// <exception cref="EndOfStreamException">The server has closed before.</exception>
    public async Task<string> ReadTextAsync(int bytes)
    {
        while (_unread.Length - _read < bytes)
            if (!await ReceiveAsync()) throw new EndOfStreamException($"The server has closed after: {Unread}");
        var text = Encoding.Latin1.GetString(_unread.GetBuffer(), _read, bytes);
        _read += bytes;
        if (_read == _unread.Length) _unread.SetLength(_read = 0);
        return text;
    }

    public async Task<string> ReadToEndAsync()
    {
        while (await ReceiveAsync())
        {
            // More may come.
        }
        var text = Unread;
        _unread.SetLength(_read = 0);
        return text;
    }

    /// <summary>What has come, once all these words have.</summary>
    public async Task<string> ReadUntilAsync(string words)
    {
        while (!Unread.Contains(words, StringComparison.Ordinal))
            if (!await ReceiveAsync()) throw new EndOfStreamException($"The server has closed after: {Unread}");
        return await ReadTextAsync(Unread.IndexOf(words, StringComparison.Ordinal) + words.Length);
    }

    /// <summary>Nothing that was not read has come, and the server has not closed.</summary>
    public bool IsSilent => _unread.Length == _read && !(_receiving ??= _stream.ReadAsync(_room, 0, _room.Length)).IsCompleted;

    /// <summary>FIN: nothing more will be sent, the answer is still read.</summary>
    public void Finish()
    {
        if (_socket is not null) _socket.Shutdown(SocketShutdown.Send);
        else ((MemoryClient)_stream).CompleteWrites();
    }

    /// <summary>RST.</summary>
    public void Abort()
    {
        if (_socket is not null) _socket.Close(0);
        else ((MemoryClient)_stream).Abort();
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private string Unread => Encoding.Latin1.GetString(_unread.GetBuffer(), _read, (int)_unread.Length - _read);

    /// <summary>False after the server's FIN.</summary>
    /// <exception cref="IOException">The connection was reset.</exception>
    private async Task<bool> ReceiveAsync()
    {
        _receiving ??= _stream.ReadAsync(_room, 0, _room.Length);
        var count = await _receiving.Within();
        _receiving = null;
        _unread.Write(_room, 0, count);
        return count > 0;
    }
}
