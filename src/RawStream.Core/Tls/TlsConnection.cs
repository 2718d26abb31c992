using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using RawStream.Diagnostics;
using RawStream.Transport;

namespace RawStream.Tls;

/// <summary>
/// A connection whose bytes travel through TLS (RFC 8446, RFC 5246) over another one. It has the same short list of duties as a socket: the rest of the server does not know
/// the difference. While it waits it holds no buffer: <see cref="SslStream"/> waits in a read of zero bytes, and so does the connection below.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Close disposes of what it owns.")]
internal sealed class TlsConnection : Connection, IConnectionObserver
{
    // The payload of the largest record (RFC 8446 §5.1).
    private const int LargestRecord = 16 * 1024;

    private readonly Connection _below;
    private readonly HttpsOptions _options;
    private readonly ILogger _logger;
    private readonly Action _onRead;

    // What the bytes go through: until TLS is spoken, and where it is not, the connection below as it is.
    private Stream _stream;
    private X509Certificate2? _clientCertificate; // A closed SslStream tells nobody.

    // At most one read is under way: one of zero bytes, or into _received, where the bytes wait until they are taken.
    private ValueTaskAwaiter<int> _read;
    private bool _isReading;
    private byte[]? _received;
    private int _start, _end;
    private int _outcome = Pending; // 0 or Lost when there is nothing more to receive.

    // The last record, while it waits for room below.
    private Task _write = Task.CompletedTask;
    private Task _ending = Task.CompletedTask;
    private bool _saidGoodbye;

    public TlsConnection(Connection below, HttpsOptions options, TransportLimits limits, ILogger logger) : base(limits)
    {
        _below = below;
        _options = options;
        _logger = logger;
        _onRead = OnRead;
        _stream = new TransportStream(below);
        below.Observe(this);
        below.Input.ReportsElsewhere = true;
    }

    public override EndPoint? RemoteEndPoint => _below.RemoteEndPoint;

    public override TcpInfo? TcpInfo => _below.TcpInfo;

    public override bool IsSecure => true;

    public override X509Certificate2? ClientCertificate => _clientCertificate;

    public override void Queue(IThreadPoolWorkItem work) => _below.Queue(work);

    public override (int Bytes, long Age) Queued
    {
        get
        {
            var (bytes, age) = base.Queued;
            var (below, belowAge) = _below.Queued;
            return (bytes + below, Math.Max(age, belowAge));
        }
    }

    public override bool HasStalled(long now, long timeout, int bytesPerSecond) =>
        base.HasStalled(now, timeout, bytesPerSecond) || _below.HasStalled(now, timeout, bytesPerSecond);

    public override bool HasVanished(long now, TimeSpan vanished) => _below.HasVanished(now, vanished);

    /// <summary>The handshake. A client that speaks HTTP without TLS is found out by its first byte, and can be answered in its own language.</summary>
    public override async ValueTask<Opening> OpenAsync(long now)
    {
        var hello = await _below.Input.ReadAsync();
        var first = hello.Buffer.IsEmpty ? default(byte?) : hello.Buffer.FirstSpan[0];
        _below.Input.AdvanceTo(hello.Buffer.Start);
        if (first is null) return Opening.Failed;
        if (char.IsAsciiLetter((char)first)) return Opening.NotSecure; // A handshake record begins with 22 (RFC 8446 §5.1).
        var tls = new SslStream(_stream, leaveInnerStreamOpen: true);
        try
        {
            await tls.AuthenticateAsServerAsync((_, client, _, _) => new(_options.Choose(client.ServerName, now, _logger)), null, CancellationToken.None);
        }
        catch (Exception e)
        {
            await tls.DisposeAsync();
            if (!IsLoss(e)) throw; // What the server's own code has thrown.
            Log.HandshakeFailed(_logger, e.GetBaseException().Message);
            return Opening.Failed;
        }
        if (_options.ClientCertificates != ClientCertificates.None) _clientCertificate = tls.RemoteCertificate as X509Certificate2;
        _stream = tls;
        return Opening.Done;
    }

    public override int TryReceive(Span<byte> buffer)
    {
        if (_outcome != Pending) return _outcome;
        if (_isReading) return Pending;
        if (_received is null && !Read(_received = ArrayPool<byte>.Shared.Rent(LargestRecord))) return Pending;
        if (_received is null) return _outcome;
        var count = Math.Min(buffer.Length, _end - _start);
        _received.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        if (_start == _end) LetGo();
        return count;
    }

    public override bool ArmRead()
    {
        if (_outcome != Pending || (_received is not null && !_isReading)) return false;
        // After a read of zero bytes there is something, but it may be no more than a record without content: then the read that follows waits, too.
        if (!_isReading && Read(Memory<byte>.Empty)) return false;
        if (_read.IsCompleted)
        {
            EndRead();
            return false;
        }
        _read.UnsafeOnCompleted(_onRead);
        return true;
    }

    public override int TrySend(ReadOnlySpan<byte> bytes)
    {
        if (!_write.IsCompleted) return Pending;
        var size = Math.Min(bytes.Length, LargestRecord);
        var plain = ArrayPool<byte>.Shared.Rent(size);
        bytes[..size].CopyTo(plain);
        try
        {
            var write = _stream.WriteAsync(plain.AsMemory(0, size));
            if (write.IsCompleted) write.GetAwaiter().GetResult();
            else _write = WaitAsync(write); // It is encrypted, and somewhere else.
            return size;
        }
        catch (Exception e) when (IsLoss(e))
        {
            return Lost;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
        }
    }

    public override int StartSend(ReadOnlyMemory<byte> bytes)
    {
        if (_write.IsCompleted) return TrySend(bytes.Span);
        _ = SendAfterAsync(_write, bytes);
        return Pending;
    }

    public override async ValueTask DrainAsync()
    {
        await Output.DrainAsync();
        await _write;
        await _below.DrainAsync();
    }

    public override void CloseSending() => _ending = EndAsync(_ending, both: false);

    public override void CloseBoth() => _ending = EndAsync(_ending, both: true);

    public override void Close(bool reset)
    {
        _below.Close(reset);
        _below.Output.Complete();
        _below.Input.Complete();
        _stream.Dispose();
    }

    void IConnectionObserver.OnHangUp()
    {
        if (_below.Output.IsLost) Output.Fail(); // A FIN, however, is seen where it stands among the records.
    }

    void IConnectionObserver.Cut(string reason) => Cut(reason);

    void IConnectionObserver.OnBlocking(TimeSpan time) => ReportBlocking(time);

    /// <summary>True when the read has ended.</summary>
    [SuppressMessage("Reliability", "CA2012", Justification = "Its awaiter is kept, and asked for the result once.")]
    private bool Read(Memory<byte> buffer)
    {
        _isReading = true;
        try
        {
            _read = _stream.ReadAsync(buffer).GetAwaiter();
        }
        catch (InvalidOperationException e)
        {
            _read = ValueTask.FromException<int>(e).GetAwaiter(); // Closed meanwhile.
        }
        if (!_read.IsCompleted) return false;
        EndRead();
        return true;
    }

    private void EndRead()
    {
        _isReading = false;
        int count;
        try
        {
            count = _read.GetResult();
            if (count == 0 && (_below.Input.IsLost || _below.Output.IsLost)) count = Lost;
        }
        catch (Exception e)
        {
            if (!IsLoss(e)) Log.TlsFailed(_logger, e); // This may be a thread of the pool: nobody else would catch it.
            count = Lost;
        }
        _read = default;
        if (count == Lost || (count == 0 && _received is not null)) _outcome = count;
        (_start, _end) = (0, count);
        if (count <= 0) LetGo();
    }

    private void OnRead()
    {
        EndRead();
        Input.OnReadable();
    }

    private void LetGo()
    {
        if (_received is not null) ArrayPool<byte>.Shared.Return(_received);
        _received = null;
    }

    private static async Task WaitAsync(ValueTask write)
    {
        try
        {
            await write;
        }
        catch (Exception e) when (IsLoss(e))
        {
            // The connection below is lost, and so is the next write, which reports it.
        }
    }

    private async Task SendAfterAsync(Task write, ReadOnlyMemory<byte> bytes)
    {
        await write;
        Output.OnSent(TrySend(bytes.Span));
    }

    /// <summary>The end is told in TLS first, so that the peer can tell it from a connection that was cut (RFC 8446 §6.1).</summary>
    private async Task EndAsync(Task before, bool both)
    {
        await before;
        try
        {
            await _write;
            if (!_saidGoodbye && _stream is SslStream tls)
            {
                _saidGoodbye = true;
                await tls.ShutdownAsync();
            }
            await _below.DrainAsync();
        }
        catch (Exception e) when (IsLoss(e))
        {
            // The peer was faster: there is nobody left to tell.
        }
        if (both) _below.CloseBoth();
        else _below.CloseSending();
    }

    /// <summary>What a stream throws when the peer is gone, has broken the protocol, or the connection is being closed.</summary>
    private static bool IsLoss(Exception e) => e is IOException or OperationCanceledException or InvalidOperationException or System.Security.Authentication.AuthenticationException;
}
