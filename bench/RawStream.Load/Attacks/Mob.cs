using System.Diagnostics;
using System.Net;
using RawStream.Load.Client;

namespace RawStream.Load.Attacks;

/// <summary>All attackers of an attack, moved by one thread, which goes after those that measure.</summary>
internal sealed class Mob : IDisposable
{
    private const int StepsBetweenLooks = 10;

    private static readonly TimeSpan StepTime = TimeSpan.FromMilliseconds(10);

    private readonly Tactic _tactic;
    private readonly IPEndPoint _server;
    private readonly bool _comesBack;
    private readonly Attacker?[] _attackers;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly Thread _thread;
    private readonly CancellationTokenSource _stop = new();
    private double _mayConnect;
    private int _made;
    private int _connected;

    /// <param name="tactic">What they do.</param>
    /// <param name="server">To whom.</param>
    /// <param name="comesBack">Whether one that was thrown out comes back.</param>
    public Mob(Tactic tactic, IPEndPoint server, bool comesBack)
    {
        (_tactic, _server, _comesBack) = (tactic, server, comesBack);
        _attackers = new Attacker?[tactic.Attackers];
        _thread = new Thread(Run);
        _thread.Start();
    }

    /// <summary>How many have, or have had, a connection. Never all of them where one fails to connect and nobody comes back.</summary>
    public int Connected => Volatile.Read(ref _connected);

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        foreach (var attacker in _attackers) attacker?.Leave();
        _stop.Dispose();
    }

    private void Run()
    {
        Processor.GoAfterOthers();
        var last = Stopwatch.GetTimestamp();
        for (var step = 0; !_stop.Token.WaitHandle.WaitOne(StepTime); step++)
        {
            var now = Stopwatch.GetTimestamp();
            Step(Stopwatch.GetElapsedTime(last, now), looks: step % StepsBetweenLooks == 0);
            last = now;
        }
    }

    private void Step(TimeSpan time, bool looks)
    {
        _mayConnect = Math.Min(_mayConnect + time.TotalSeconds * _tactic.ConnectionsPerSecond, Math.Max(1, _tactic.ConnectionsPerSecond / 10));
        var connected = 0;
        foreach (ref var attacker in _attackers.AsSpan())
        {
            if ((attacker is null || (attacker.IsGone && _comesBack)) && _mayConnect >= 1)
            {
                attacker = new Attacker(_tactic, _server, _made++);
                _mayConnect--;
            }
            attacker?.Step(time, _buffer);
            if (looks) attacker?.Look();
            if (attacker is { WasConnected: true }) connected++;
        }
        Volatile.Write(ref _connected, connected);
    }
}
