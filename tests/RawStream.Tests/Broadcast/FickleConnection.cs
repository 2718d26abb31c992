using System.Net;
using RawStream.Transport;

namespace RawStream.Tests.Broadcast;

/// <summary>
/// A transport of moods that has one request: a send takes a part, or nothing; what it leaves pending is finished later on another thread. After so many bytes, or
/// when it is told to, the peer hangs up.
/// </summary>
internal sealed class FickleConnection(int seed, long bytesUntilLost = long.MaxValue, int bound = 64 * 1024) : Connection(new TransportLimits(4096, bound))
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly MemoryStream _sent = new();
    private int _requestRead;
    private bool _armed;
    private bool _closed;

    public override EndPoint? RemoteEndPoint => null;

    public byte[] Sent
    {
        get
        {
            lock (_gate) return _sent.ToArray();
        }
    }

    /// <summary>Two sends at a time, which a socket would mix up.</summary>
    public bool HasMixed { get; private set; }

    private bool IsSending { get; set; }

    private bool IsLost => _closed || _sent.Length >= bytesUntilLost;

    /// <summary>The peer is gone: whoever waits is told.</summary>
    public void HangUp()
    {
        bool wake;
        lock (_gate)
        {
            wake = _armed;
            _armed = false;
            _closed = true;
        }
        if (wake) Input.OnReadable();
    }

    public override int TrySend(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            HasMixed |= IsSending;
            if (IsLost) return Lost;
            return _random.Next(4) == 0 ? Pending : Take(bytes);
        }
    }

    public override int StartSend(ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            HasMixed |= IsSending;
            if (IsLost) return Lost;
            if (_random.Next(4) == 0) return Take(bytes.Span);
            IsSending = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(Finish, bytes, preferLocal: false);
        return Pending;
    }

    public override int TryReceive(Span<byte> buffer)
    {
        lock (_gate)
        {
            if (IsLost) return Lost;
            var rest = StagedStream.Request[_requestRead..];
            if (rest.IsEmpty) return Pending;
            var count = Math.Min(rest.Length, buffer.Length);
            rest[..count].CopyTo(buffer);
            _requestRead += count;
            return count;
        }
    }

    public override bool ArmRead()
    {
        lock (_gate) return _armed = !IsLost && _requestRead == StagedStream.Request.Length;
    }

    public override void CloseSending()
    {
        // Nobody waits for the FIN.
    }

    public override void CloseBoth() => HangUp();

    public override void Close(bool reset) => HangUp();

    private void Finish(ReadOnlyMemory<byte> bytes)
    {
        if (seed % 2 == 0) Thread.Yield();
        int sent;
        lock (_gate)
        {
            sent = IsLost ? Lost : Take(bytes.Span);
            IsSending = false;
        }
        Output.OnSent(sent);
    }

    private int Take(ReadOnlySpan<byte> bytes)
    {
        var count = (int)Math.Min(_random.Next(1, bytes.Length + 1), bytesUntilLost - _sent.Length);
        _sent.Write(bytes[..count]);
        return count;
    }
}
