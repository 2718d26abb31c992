using RawStream.Http1;

namespace RawStream.Timing;

/// <summary>
/// The one timer for all deadlines. A few times a second it moves the clock on and has each connection look at its deadlines; a
/// deadline itself costs nothing but a field. (A timer for each connection would be set and cleared twice a request.)
/// </summary>
internal sealed class Heartbeat(TimeProvider time, ConnectionSet connections) : IDisposable
{
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly long _origin = time.GetTimestamp();
    private ITimer? _timer;
    private long _now = 1;
    private int _beating;

    /// <summary>Milliseconds since the server was made, as of the last beat; more than 0.</summary>
    public long Now => Volatile.Read(ref _now);

    /// <summary>Is told of each beat.</summary>
    public Action<long>? OnBeat { get; set; }

    public void Start() => _timer ??= time.CreateTimer(static state => ((Heartbeat)state!).Beat(), this, Period, Period);

    public void Dispose() => _timer?.Dispose();

    private void Beat()
    {
        if (Interlocked.Exchange(ref _beating, 1) == 1) return; // The last beat is still at work.
        try
        {
            var now = 1 + (long)time.GetElapsedTime(_origin).TotalMilliseconds;
            Volatile.Write(ref _now, now);
            connections.CheckDeadlines(now);
            OnBeat?.Invoke(now);
        }
        finally
        {
            Volatile.Write(ref _beating, 0);
        }
    }
}
