using System.Net;
using RawStream.Transport;

namespace RawStream.Tests.Support;

/// <summary>
/// A transport that does what the test says: how much each send takes, and what each receive brings. All that was sent, and by which
/// thread, is kept.
/// </summary>
internal sealed class FakeConnection(int readAhead = 64 * 1024, int bound = 64 * 1024) : Connection(new TransportLimits(readAhead, bound)), IConnectionObserver
{
    private readonly Lock _gate = new();
    private readonly MemoryStream _sent = new();
    private readonly Queue<byte> _arrived = new();
    private bool _finished;

    /// <summary>How many of so many bytes a send takes, or Pending, or Lost. All of them at first.</summary>
    public Func<int, int> OnSend { get; set; } = offered => offered;

    /// <summary>The same for a send that may be finished later.</summary>
    public Func<int, int> OnStartSend { get; set; } = _ => Pending;

    /// <summary>What the transport still reads from: StartSend has said Pending, and OnSent has not come.</summary>
    public ReadOnlyMemory<byte> InFlight { get; private set; }

    /// <summary>What is queued waits here for the test; null: the thread pool does it.</summary>
    public Queue<IThreadPoolWorkItem>? Turns { get; init; }

    public int Sends { get; private set; }

    public int LastSendThread { get; private set; }

    public bool IsReadArmed { get; private set; }

    public int HangUps { get; private set; }

    /// <summary>What the peer's kernel has acknowledged; -1 says that it cannot be known.</summary>
    public long Acknowledged { get; set; } = -1;

    public override TcpInfo? TcpInfo => Acknowledged < 0 ? null : new TcpInfo(Acknowledged, 0, 0, 0, AwaitsAnswer: false);

    public byte[] Sent
    {
        get
        {
            lock (_gate) return _sent.ToArray();
        }
    }

    public override EndPoint? RemoteEndPoint => null;

    public override void Queue(IThreadPoolWorkItem work)
    {
        if (Turns is null) base.Queue(work);
        else Turns.Enqueue(work);
    }

    public override int TrySend(ReadOnlySpan<byte> bytes)
    {
        Sends++;
        LastSendThread = Environment.CurrentManagedThreadId;
        return Take(bytes, OnSend(bytes.Length));
    }

    public override int StartSend(ReadOnlyMemory<byte> bytes)
    {
        var sent = OnStartSend(bytes.Length);
        if (sent == Pending) InFlight = bytes;
        return Take(bytes.Span, sent);
    }

    /// <summary>Finishes what StartSend has left pending.</summary>
    public void FinishSend(int sent)
    {
        Take(InFlight.Span, sent);
        InFlight = default;
        Output.OnSent(sent);
    }

    /// <summary>Bytes come, and whoever waits for them is told.</summary>
    public void Arrive(params byte[] bytes)
    {
        foreach (var b in bytes) _arrived.Enqueue(b);
        Wake();
    }

    public void Finish()
    {
        _finished = true;
        Wake();
    }

    public override int TryReceive(Span<byte> buffer)
    {
        if (_arrived.Count == 0) return _finished ? 0 : Pending;
        var count = Math.Min(_arrived.Count, buffer.Length);
        for (var i = 0; i < count; i++) buffer[i] = _arrived.Dequeue();
        return count;
    }

    public override bool ArmRead() => IsReadArmed = _arrived.Count == 0 && !_finished;

    public override void CloseBoth() => CloseSending();

    public override void CloseSending()
    {
        // Nobody reads.
    }

    public override void Close(bool reset)
    {
        // There is nothing to let go of.
    }

    void IConnectionObserver.OnHangUp() => HangUps++;

    void IConnectionObserver.Cut(string reason) => Close(reset: true);

    void IConnectionObserver.OnBlocking(TimeSpan time) => throw new NotSupportedException();

    private int Take(ReadOnlySpan<byte> bytes, int sent)
    {
        lock (_gate)
            if (sent > 0) _sent.Write(bytes[..sent]);
        return sent;
    }

    private void Wake()
    {
        if (!IsReadArmed) return;
        IsReadArmed = false;
        Input.OnReadable();
    }
}
