using System.Diagnostics;
using System.Net;
using RawStream.Load.Wire;

namespace RawStream.Load.Client;

/// <summary>Many responses that stay open, of one server, read by one thread.</summary>
internal sealed class StreamSet(int port, string target, bool hasEvents = false) : IDisposable
{
    // Fewer than a usual backlog holds (512), or a connection waits a second for its second try.
    private const int ConnectedAtOnce = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IPEndPoint _server = new(IPAddress.Loopback, port);
    private readonly byte[] _request = Requests.Batch(Requests.Get(target), 1);
    private readonly Epoll _epoll = new();
    private readonly List<OpenStream> _streams = [];
    private readonly byte[] _buffer = GC.AllocateArray<byte>(256 * 1024, pinned: true);

    public IReadOnlyList<OpenStream> Streams => _streams;

    public int Count => _streams.Count;

    /// <summary>Adds streams; each has got the head of its response.</summary>
    /// <param name="count">How many more.</param>
    /// <param name="received">Told of each stream that has got bytes meanwhile.</param>
    public void Connect(int count, Action<OpenStream>? received = null)
    {
        while (count > 0)
        {
            var group = Enumerable.Range(0, Math.Min(count, ConnectedAtOnce)).Select(_ => Connect()).ToList();
            ReadUntil(() => group.TrueForAll(stream => stream.HasHead), "a stream has not begun", received);
            var refused = group.Find(stream => stream.Reader.Head!.Status != 200);
            if (refused is not null) throw new InvalidDataException($"A stream was answered with {refused.Reader.Head!.Status}.");
            count -= group.Count;
        }
    }

    /// <summary>Reads until that is so.</summary>
    /// <exception cref="InvalidDataException">It was not for half a minute.</exception>
    public void ReadUntil(Func<bool> isDone, string fault, Action<OpenStream>? received = null)
    {
        var start = Stopwatch.GetTimestamp();
        while (!isDone())
        {
            if (Stopwatch.GetElapsedTime(start) > Patience) throw new InvalidDataException($"after {Patience.TotalSeconds} s, {fault}");
            Read(TimeSpan.FromSeconds(1), received);
        }
    }

    /// <summary>Lets time pass, and reads what comes.</summary>
    public void ReadFor(TimeSpan time, Action<OpenStream>? received = null)
    {
        var start = Stopwatch.GetTimestamp();
        while (time - Stopwatch.GetElapsedTime(start) is var left && left > TimeSpan.Zero) Read(left, received);
    }

    /// <summary>Reads until the server has closed each. Returns how many of them have had the end of their response.</summary>
    public int ReadToEnd()
    {
        var whole = 0;
        var left = Count;
        var start = Stopwatch.GetTimestamp();
        while (left > 0)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience) throw new InvalidDataException($"after {Patience.TotalSeconds} s, {left} streams have not ended");
            var ready = _epoll.Wait(TimeSpan.FromSeconds(1));
            for (var i = 0; i < ready; i++)
            {
                var stream = _streams[_epoll.Ready(i)];
                stream.Receive(_buffer);
                if (!stream.IsClosed) continue;
                if (stream.Reader is { AtStart: true, Responses: 1 }) whole++;
                stream.Dispose();
                left--;
            }
        }
        _streams.Clear();
        return whole;
    }

    /// <summary>All of them at once, with a reset.</summary>
    public void Reset()
    {
        foreach (var stream in _streams) stream.Reset();
        _streams.Clear();
    }

    /// <summary>All of them at once, with a FIN.</summary>
    public void Close()
    {
        Read(TimeSpan.Zero, null); // What has come unread would make a reset of it.
        foreach (var stream in _streams) stream.Dispose();
        _streams.Clear();
    }

    public void Dispose()
    {
        Reset();
        _epoll.Dispose();
    }

    private OpenStream Connect()
    {
        var stream = new OpenStream(_server, _streams.Count, _request, hasEvents);
        _streams.Add(stream);
        _epoll.Watch(stream.Socket, stream.Tag);
        return stream;
    }

    private void Read(TimeSpan patience, Action<OpenStream>? received)
    {
        var ready = _epoll.Wait(patience);
        for (var i = 0; i < ready; i++)
        {
            var stream = _streams[_epoll.Ready(i)];
            stream.Receive(_buffer);
            if (stream.IsClosed) throw new InvalidDataException("the server has closed a stream");
            received?.Invoke(stream);
        }
    }
}
