using System.Net;
using RawStream.Transport;

namespace RawStream.Fuzz.Peers;

/// <summary>
/// A connection whose peer does what a script says, on one thread or on several: it sends, takes as much as it likes of what it is sent, ends, or is gone. What the server
/// leaves to
/// the transport for later is done by <see cref="Step"/>.
/// </summary>
internal sealed class ScriptedConnection(int readAhead, int bound) : Connection(new TransportLimits(readAhead, bound))
{
    private readonly Lock _gate = new();
    private readonly MemoryStream _sent = new();
    private readonly Queue<IThreadPoolWorkItem> _work = new();
    private byte[] _toServer = new byte[256];
    private int _start, _end;
    private bool _finished;
    private bool _lost;
    private bool _armed;
    private ReadOnlyMemory<byte> _pendingSend;

    /// <summary>How many of so many bytes the peer takes now; 0: none. All of them at first.</summary>
    public Func<int, int> Appetite { get; set; } = offered => offered;

    /// <summary>The server has sent its FIN.</summary>
    public bool HasFinished { get; private set; }

    /// <summary>The server has let go of the connection, once.</summary>
    public int Closes { get; private set; }

    /// <summary>It did so by a RST.</summary>
    public bool WasReset { get; private set; }

    /// <summary>All that the peer has taken.</summary>
    public ReadOnlyMemory<byte> Sent
    {
        get
        {
            lock (_gate) return _sent.GetBuffer().AsMemory(0, (int)_sent.Length);
        }
    }

    public override EndPoint? RemoteEndPoint => new IPEndPoint(IPAddress.Loopback, 4711);

    /// <summary>The peer sends.</summary>
    public void Arrive(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_end + bytes.Length > _toServer.Length) Array.Resize(ref _toServer, Math.Max(_toServer.Length * 2, _end + bytes.Length));
            bytes.CopyTo(_toServer.AsSpan(_end));
            _end += bytes.Length;
        }
        Wake();
    }

    /// <summary>The peer's FIN.</summary>
    public void Finish()
    {
        lock (_gate) _finished = true;
        Wake();
    }

    /// <summary>The peer's RST.</summary>
    public void Abort()
    {
        bool sends;
        lock (_gate)
        {
            _lost = true;
            sends = TakePendingSend();
        }
        Wake();
        if (sends) Output.OnSent(Lost);
    }

    /// <summary>Does one thing of those that were left for later. False: there is none, or the peer has no appetite.</summary>
    public bool Step()
    {
        IThreadPoolWorkItem? work;
        var sent = 0;
        lock (_gate)
        {
            if (!_work.TryDequeue(out work))
            {
                if (_pendingSend.IsEmpty) return false;
                sent = Take(_pendingSend.Span);
                if (sent == 0) return false;
                _pendingSend = default;
            }
        }
        if (work is not null) work.Execute();
        else Output.OnSent(sent);
        return true;
    }

    public override void Queue(IThreadPoolWorkItem work)
    {
        lock (_gate) _work.Enqueue(work);
    }

    public override int TryReceive(Span<byte> buffer)
    {
        lock (_gate)
        {
            if (_lost) return Lost;
            var count = Math.Min(buffer.Length, _end - _start);
            if (count == 0) return _finished ? 0 : Pending;
            _toServer.AsSpan(_start, count).CopyTo(buffer);
            _start += count;
            return count;
        }
    }

    public override bool ArmRead()
    {
        lock (_gate) return _armed = !_lost && !_finished && _start == _end;
    }

    public override int TrySend(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_lost || HasFinished) return Lost;
            var sent = Take(bytes);
            return sent == 0 ? Pending : sent;
        }
    }

    public override int StartSend(ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            var sent = TrySend(bytes.Span);
            if (sent == Pending) _pendingSend = bytes;
            return sent;
        }
    }

    public override void CloseSending()
    {
        lock (_gate) HasFinished = true;
    }

    public override void CloseBoth()
    {
        lock (_gate)
        {
            HasFinished = true;
            _work.Enqueue(new LateEnd(this));
        }
    }

    public override void Close(bool reset)
    {
        bool sends;
        lock (_gate)
        {
            Closes++;
            WasReset |= reset;
            HasFinished = true;
            _finished = true;
            _lost |= reset;
            sends = _lost && TakePendingSend();
        }
        Wake();
        if (sends) Output.OnSent(Lost);
    }

    private int Take(ReadOnlySpan<byte> bytes)
    {
        var count = Math.Clamp(Appetite(bytes.Length), 0, bytes.Length);
        _sent.Write(bytes[..count]);
        return count;
    }

    private bool TakePendingSend()
    {
        var sends = !_pendingSend.IsEmpty;
        _pendingSend = default;
        return sends;
    }

    private void Wake()
    {
        bool wake;
        lock (_gate)
        {
            wake = _armed && (_lost || _finished || _start < _end);
            if (wake) _armed = false;
        }
        if (wake) Input.OnReadable();
    }

    /// <summary>A receive that is pending learns of the end a little later.</summary>
    private sealed class LateEnd(ScriptedConnection connection) : IThreadPoolWorkItem
    {
        public void Execute() => connection.Finish();
    }
}
