using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using RawStream.Load.Wire;

namespace RawStream.Load.Trial;

/// <summary>
/// A connection of a client that reads strictly: heads, and bodies of every framing, as bytes that can be compared. Nothing waits for ever; what breaks HTTP is an
/// <see cref="InvalidDataException"/>, and an end where more was to come a <see cref="CutOffException"/>.
/// </summary>
internal sealed class Link : IDisposable
{
    private const int LongestHead = 64 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _late = new();
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    private ResponseHead? _head;
    private ChunkReader _chunked;
    private long _left;

    private Link(Socket socket) => (Socket, Transport) = (socket, new NetworkStream(socket, ownsSocket: true));

    public Socket Socket { get; }

    /// <summary>What goes to the server and comes from it: clear, or within TLS.</summary>
    public Stream Transport { get; private set; }

    /// <summary>Of the response that is being read.</summary>
    public long Chunks { get; private set; }

    /// <summary>Content of the response that is being read.</summary>
    public long Bytes { get; private set; }

    /// <summary>The response that is being read has come whole.</summary>
    public bool IsWhole { get; private set; }

    public static async Task<Link> OpenAsync(IPEndPoint server, bool isSecure = false, int receiveBuffer = 0)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Link? link = null;
        try
        {
            if (receiveBuffer > 0) socket.ReceiveBufferSize = receiveBuffer;
            using (var late = new CancellationTokenSource(Patience)) await socket.ConnectAsync(server, late.Token);
            link = new Link(socket);
            if (isSecure) await link.SecureAsync();
            return link;
        }
        catch
        {
            link?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    public Task SendAsync(string request) => SendAsync(Encoding.Latin1.GetBytes(request));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await Transport.WriteAsync(bytes, Deadline());
        }
        catch (IOException e)
        {
            throw new CutOffException("reset during a request", e);
        }
    }

    /// <summary>Reads a head that has to have this status.</summary>
    public async Task<string> ReadHeadAsync(int status)
    {
        var (head, text) = await ReadHeadAsync() ?? throw new CutOffException("closed before a response");
        return head.Status == status ? text : throw new InvalidDataException($"status {head.Status} and not {status}");
    }

    /// <summary>Reads a head; null if the server has closed properly and not begun one.</summary>
    public async Task<(ResponseHead Head, string Text)?> ReadHeadAsync()
    {
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (_end - _start > LongestHead) throw new InvalidDataException("a response head does not end");
            if (await FillAsync()) continue;
            return _end == _start ? null : throw new CutOffException("closed within a head");
        }
        var bytes = _buffer.AsSpan(_start, length + 4);
        var text = Encoding.Latin1.GetString(bytes);
        _head = ResponseHead.Parse(bytes);
        _start += length + 4;
        (_chunked, _left, Chunks, Bytes) = (default, _head.Length, 0, 0);
        IsWhole = _head.Framing == BodyFraming.None || (_head.Framing == BodyFraming.Length && _left == 0);
        return (_head, text);
    }

    /// <summary>Reads content; 0 at the end of the response.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> content)
    {
        while (!IsWhole)
        {
            if (_start == _end && !await FillAsync())
            {
                if (_head!.Framing != BodyFraming.UntilClose) throw new CutOffException("closed within a response");
                IsWhole = true;
                break;
            }
            var taken = Take(content.Span);
            Bytes += taken;
            if (taken > 0) return taken;
        }
        return 0;
    }

    public async Task<byte[]> ReadAllAsync()
    {
        using var content = new MemoryStream();
        var piece = new byte[16 * 1024];
        while (await ReadAsync(piece) is var read && read > 0) content.Write(piece, 0, read);
        return content.ToArray();
    }

    /// <summary>Whether the server has closed, and without another byte.</summary>
    public async Task<bool> IsClosedAsync() => _start == _end && !await FillAsync();

    public void Reset() => Socket.Close(timeout: 0);

    public void Dispose()
    {
        Transport.Dispose();
        _late.Dispose();
    }

    private async Task SecureAsync()
    {
        var secure = new SslStream(Transport);
        Transport = secure;
        await secure.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = IsOfTheRun }, Deadline());
    }

    /// <summary>The server's certificate is made when it starts, so nobody vouches for it.</summary>
    private static bool IsOfTheRun(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is not null && !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch);

    private int Take(Span<byte> content)
    {
        var input = _buffer.AsSpan(_start, Math.Min(_end - _start, content.Length));
        if (_head!.Framing != BodyFraming.Chunked)
        {
            var length = _head.Framing == BodyFraming.Length ? (int)Math.Min(_left, input.Length) : input.Length;
            input[..length].CopyTo(content);
            _start += length;
            _left -= length;
            IsWhole = _head.Framing == BodyFraming.Length && _left == 0;
            return length;
        }
        ReadOnlySpan<byte> rest = input;
        var data = _chunked.Read(ref rest, out _, out var ends);
        data.CopyTo(content);
        _start += input.Length - rest.Length;
        if (ends) Chunks++;
        IsWhole = _chunked.IsDone;
        return data.Length;
    }

    /// <summary>False at the end of the connection.</summary>
    private async ValueTask<bool> FillAsync()
    {
        if (_start == _end) (_start, _end) = (0, 0);
        else if (_end == _buffer.Length) MakeRoom();
        try
        {
            var read = await Transport.ReadAsync(_buffer.AsMemory(_end), Deadline());
            _end += read;
            return read > 0;
        }
        catch (IOException e)
        {
            throw new CutOffException("reset", e);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"nothing has come for {Patience.TotalSeconds} s", e);
        }
    }

    private void MakeRoom()
    {
        if (_start == 0) Array.Resize(ref _buffer, 2 * _buffer.Length);
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
    }

    private CancellationToken Deadline()
    {
        _late.CancelAfter(Patience);
        return _late.Token;
    }
}
