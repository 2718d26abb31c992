using System.Net;
using System.Security.Cryptography.X509Certificates;
using RawStream.Diagnostics;

namespace RawStream.Transport;

/// <summary>
/// One peer: bytes in (<see cref="Input"/>), bytes out (<see cref="Output"/>). It knows no HTTP.
/// <para>
/// The reader and the writer do all buffering; what is left to a transport is the short list of abstract members
/// below. A socket, memory, and whatever comes later differ in nothing else.
/// </para>
/// </summary>
internal abstract class Connection
{
    /// <summary>What a transport answers instead of a number of bytes: nothing now, the operation will call back.</summary>
    public const int Pending = -1;

    /// <summary>What a transport answers instead of a number of bytes: the peer is gone.</summary>
    public const int Lost = -2;

    private IConnectionObserver? _observer;
    private int _hungUp;

    protected Connection(TransportLimits limits)
    {
        Input = new ConnectionReader(this, limits.ReadAhead);
        Output = new ConnectionWriter(this, limits.ResponseBuffer);
    }

    public ConnectionReader Input { get; }

    public ConnectionWriter Output { get; }

    public abstract EndPoint? RemoteEndPoint { get; }

    /// <summary>Nobody between the peer and us can read along.</summary>
    public virtual bool IsSecure => false;

    /// <summary>Who the peer is, if it has shown a certificate.</summary>
    public virtual X509Certificate2? ClientCertificate => null;

    /// <summary>The peer has sent its FIN, or the connection broke.</summary>
    public bool HasHungUp => Volatile.Read(ref _hungUp) != 0;

    /// <summary>What has to be done before bytes can be exchanged.</summary>
    /// <param name="now">Milliseconds since the server was made.</param>
    public virtual ValueTask<Opening> OpenAsync(long now) => new(Opening.Done);

    /// <summary>
    /// Receives what is there without waiting: the number of bytes, 0 after the peer's FIN, <see cref="Pending"/> when
    /// there is nothing yet (no callback follows), or <see cref="Lost"/>.
    /// </summary>
    public abstract int TryReceive(Span<byte> buffer);

    /// <summary>
    /// Asks for one call of <see cref="ConnectionReader.OnReadable"/> when there is something to receive. False: there
    /// is something now, and no call will come. It holds no buffer while it waits.
    /// </summary>
    public abstract bool ArmRead();

    /// <summary>
    /// Sends what fits without waiting: the number of bytes, <see cref="Pending"/> when nothing fits (no callback
    /// follows), or <see cref="Lost"/>.
    /// </summary>
    public abstract int TrySend(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Sends as soon as something fits. The answer is as for <see cref="TrySend"/>, but after
    /// <see cref="Pending"/> one call of <see cref="ConnectionWriter.OnSent"/> follows; the bytes stay untouched until then.
    /// </summary>
    public abstract int StartSend(ReadOnlyMemory<byte> bytes);

    /// <summary>Completes when all that was written has been handed to the kernel.</summary>
    /// <exception cref="OperationCanceledException">The peer is gone.</exception>
    public virtual ValueTask DrainAsync() => Output.DrainAsync();

    /// <summary>Why the peer is to be given up; null while it is not.</summary>
    public string? FindLoss(long now, long writeTimeout, int bytesPerSecond, TimeSpan vanished)
    {
        if (HasStalled(now, writeTimeout, bytesPerSecond)) return "a write made no progress";
        return HasVanished(now, vanished) ? "the client has vanished" : null;
    }

    /// <inheritdoc cref="ConnectionWriter.HasVanished"/>
    public virtual bool HasVanished(long now, TimeSpan vanished) => Output.HasVanished(now, vanished);

    /// <inheritdoc cref="ConnectionWriter.HasStalled"/>
    public virtual bool HasStalled(long now, long timeout, int bytesPerSecond) => Output.HasStalled(now, timeout, bytesPerSecond);

    /// <summary>Sends FIN after all that was sent: the peer reads to the end, and we can still receive.</summary>
    public abstract void CloseSending();

    /// <summary>Ends the input: a receive that is pending completes. <see cref="Close"/> follows, and with it the FIN, if this has not sent it.</summary>
    public abstract void CloseBoth();

    /// <summary>Lets go of the peer. With <paramref name="reset"/> it is told by a RST that bytes were lost.</summary>
    public abstract void Close(bool reset);

    /// <summary>Has something done for this connection soon, by the threads that serve it.</summary>
    public virtual void Queue(IThreadPoolWorkItem work) => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);

    /// <summary>What the kernel knows of the connection, or null where that cannot be known.</summary>
    public virtual TcpInfo? TcpInfo => null;

    /// <inheritdoc cref="ConnectionWriter.Queue"/>
    public virtual (int Bytes, long Age) Queued => Output.Queue;

    /// <summary>How far the peer is behind.</summary>
    public StreamHealth Health
    {
        get
        {
            var (queued, age) = Queued;
            var kernel = TcpInfo;
            return new StreamHealth(
                queued, TimeSpan.FromMilliseconds(age), kernel?.BytesUnacknowledged,
                kernel is null ? null : TimeSpan.FromMicroseconds(kernel.Value.RoundTripMicroseconds));
        }
    }

    /// <summary>Who is told once, on whatever thread sees it, that the peer has hung up.</summary>
    public void Observe(IConnectionObserver observer) => _observer = observer;

    /// <summary>Where each piece of wire bytes is shown, when somebody wants to see them.</summary>
    public WireTrace? Trace { get; set; }

    internal int Receive(Span<byte> buffer)
    {
        var received = TryReceive(buffer);
        if (received > 0) Trace?.Received(buffer[..received]);
        return received;
    }

    internal int Send(ReadOnlySpan<byte> bytes)
    {
        var sent = TrySend(bytes);
        if (sent > 0) Trace?.Sent(bytes[..sent]);
        return sent;
    }

    internal int SendLater(ReadOnlyMemory<byte> bytes)
    {
        if (Trace is not null) Trace.Later = bytes;
        var sent = StartSend(bytes);
        if (sent > 0) Trace?.Sent(bytes.Span[..sent]);
        return sent;
    }

    internal void ReportBlocking(TimeSpan time) => _observer?.OnBlocking(time);

    internal void Cut(string reason) => _observer?.Cut(reason);

    /// <summary>Whoever works for the peer may stop: it has said by its protocol that it leaves, or the server does; its bytes may say more.</summary>
    internal void Leave() => _observer?.OnHangUp();

    internal void ReportHangUp()
    {
        if (Interlocked.Exchange(ref _hungUp, 1) == 0) _observer?.OnHangUp();
    }
}

/// <summary>How <see cref="Connection.OpenAsync"/> went.</summary>
internal enum Opening
{
    /// <summary>Bytes can be exchanged.</summary>
    Done,

    /// <summary>The peer does not speak TLS; bytes can be exchanged as they are.</summary>
    NotSecure,

    /// <summary>The peer has gone, or there is no protocol that both speak.</summary>
    Failed,
}

/// <summary>Whose connection it is.</summary>
internal interface IConnectionObserver
{
    /// <summary>The peer hangs up.</summary>
    void OnHangUp();

    /// <summary>Ends the connection at once.</summary>
    void Cut(string reason);

    /// <summary>What is done for it holds up the thread that others wait for, for so long already.</summary>
    void OnBlocking(TimeSpan time);
}

/// <summary>The two byte bounds of a connection; see <see cref="HttpLimits"/>.</summary>
internal readonly record struct TransportLimits(int ReadAhead, int ResponseBuffer);
