using System.Net;
using System.Net.Sockets;

namespace RawStream.Load.Attacks;

/// <summary>A connection of an attack. Nothing that it does waits.</summary>
internal sealed class Attacker
{
    private const int Tcp = 6;                  // IPPROTO_TCP
    private const int TcpInformation = 11;      // TCP_INFO, whose first byte is the state.
    private const byte Established = 1;
    private const byte CloseWait = 8;
    private const int ReceiveBuffer = 4096;

    private readonly Tactic _tactic;
    private readonly int _number;
    private readonly Socket _socket;
    private readonly Task _connecting;
    private byte[] _opening;
    private int _offset;
    private double _maySend;
    private double _mayRead;

    public Attacker(Tactic tactic, IPEndPoint server, int number)
    {
        (_tactic, _number, _opening, _mayRead) = (tactic, number, tactic.Opening(number), tactic.ReadsFirst);
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (tactic is { ReadBytesPerSecond: < int.MaxValue, ReadsFirst: 0 }) _socket.ReceiveBufferSize = ReceiveBuffer;
        _connecting = _socket.ConnectAsync(server);
    }

    /// <summary>The connection has been there, and may have ended since.</summary>
    public bool WasConnected => _connecting.IsCompletedSuccessfully;

    /// <summary>The connection has ended, by whomever, or was never there.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Does what may be done in so much time.</summary>
    public void Step(TimeSpan time, byte[] buffer)
    {
        if (IsGone || !_connecting.IsCompleted) return;
        if (_connecting.IsFaulted)
        {
            _ = _connecting.Exception;
            Leave();
            return;
        }
        _socket.Blocking = false;
        if (!SendOpening()) return;
        if (_tactic.LeavesAtOnce) Leave();
        else if (!IsGone) GoOn(time, buffer);
    }

    /// <summary>Looks at the connection without reading: whether the server has ended it.</summary>
    public void Look()
    {
        if (IsGone || !WasConnected) return;
        Span<byte> information = stackalloc byte[8];
        _socket.GetRawSocketOption(Tcp, TcpInformation, information);
        if (information[0] != Established && !(_tactic.IsStubborn && information[0] == CloseWait)) Leave();
    }

    public void Leave()
    {
        IsGone = true;
        if (_tactic.LeavesAtOnce && _number % 2 == 0) _socket.Close();
        else _socket.Close(timeout: 0);
    }

    private bool SendOpening()
    {
        if (_opening.Length == 0) return true;
        var sent = Send(_opening);
        _opening = _opening[sent..];
        return _opening.Length == 0;
    }

    private void GoOn(TimeSpan time, byte[] buffer)
    {
        _maySend = Math.Min(_maySend + time.TotalSeconds * _tactic.BytesPerSecond, Math.Max(1, _tactic.BytesPerSecond / 10));
        while (_tactic.Repeated.Length > 0 && _maySend >= 1 && !IsGone)
        {
            var length = (int)Math.Min(_maySend, _tactic.Repeated.Length - _offset);
            var sent = Send(_tactic.Repeated.AsSpan(_offset, length));
            _offset = (_offset + sent) % _tactic.Repeated.Length;
            _maySend -= sent;
            if (sent < length) break;
        }
        _mayRead = Math.Min(_mayRead + time.TotalSeconds * _tactic.ReadBytesPerSecond, Math.Max(buffer.Length, _tactic.ReadsFirst));
        while (_mayRead >= 1 && !IsGone && Receive(buffer.AsSpan(0, (int)Math.Min(_mayRead, buffer.Length))) is var read && read > 0) _mayRead -= read;
    }

    private int Send(ReadOnlySpan<byte> bytes)
    {
        var sent = _socket.Send(bytes, SocketFlags.None, out var error);
        if (error is not (SocketError.Success or SocketError.WouldBlock)) Leave();
        return error == SocketError.Success ? sent : 0;
    }

    private int Receive(Span<byte> buffer)
    {
        var read = _socket.Receive(buffer, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock) return 0;
        if (error != SocketError.Success || (read == 0 && !_tactic.IsStubborn)) Leave();
        return read;
    }
}
