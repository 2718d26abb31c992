using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using RawStream.Load.Client;
using RawStream.Load.Report;
using RawStream.Load.Soak.Workers;
using RawStream.Load.Subject;

namespace RawStream.Load.Attacks;

/// <summary>What a healthy client sees in a window of time.</summary>
/// <param name="Plaintext">The 99th percentile of a request's time, in milliseconds.</param>
/// <param name="Tick">The worst delay of a tick, in milliseconds.</param>
internal sealed record Health(double Plaintext, double Tick);

/// <summary>Healthy clients, connected all the time: one asks every other millisecond, and ten have a tick every 20 ms.</summary>
internal sealed class HealthyClient : IDisposable
{
    private const int Ticking = 10;
    private const int Patience = 10_000;

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(2);
    private static readonly byte[] Request = Encoding.ASCII.GetBytes(Requests.Get("/plaintext"));
    private static readonly byte[] End = Encoding.ASCII.GetBytes($"\r\n\r\n{SubjectRoutes.Greeting}");

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = Patience };
    private readonly StreamSet _ticks;
    private readonly byte[] _buffer = new byte[4096];

    public HealthyClient(IPEndPoint server)
    {
        _socket.Connect(server);
        _ticks = new StreamSet(server.Port, $"/tick?ms={Period.TotalMilliseconds}");
        _ticks.Connect(Ticking);
    }

    /// <exception cref="InvalidDataException">Something was wrong, or did not come at all.</exception>
    public Health Watch(TimeSpan time)
    {
        _ticks.ReadFor(Period); // What has come since the last window.
        var delays = new TickDelays(_ticks, Period);
        var answers = new Histogram();
        var start = Stopwatch.GetTimestamp();
        for (var asked = 0; Stopwatch.GetElapsedTime(start) < time; asked++)
        {
            var wait = asked * Between - Stopwatch.GetElapsedTime(start);
            _ticks.ReadFor(wait > TimeSpan.Zero ? wait : TimeSpan.FromTicks(1), stream => delays.Arrived(stream, Stopwatch.GetTimestamp()));
            answers.Add(Ask());
        }
        return new Health(answers.Percentile(0.99).TotalMilliseconds, delays.Worst(Stopwatch.GetTimestamp()).TotalMilliseconds);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _ticks.Dispose();
    }

    private TimeSpan Ask()
    {
        var start = Stopwatch.GetTimestamp();
        _socket.Send(Request);
        var length = 0;
        do
        {
            var read = _socket.Receive(_buffer.AsSpan(length));
            if (read == 0) throw new InvalidDataException("a healthy client was closed");
            length += read;
        }
        while (!_buffer.AsSpan(0, length).EndsWith(End));
        return Stopwatch.GetElapsedTime(start);
    }
}
