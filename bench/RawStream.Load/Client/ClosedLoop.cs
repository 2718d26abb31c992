using System.Diagnostics;
using System.Net;
using RawStream.Load.Wire;

namespace RawStream.Load.Client;

/// <summary>
/// Connections each of which sends a batch of requests, reads the answers, and sends the next batch: all of them are under way all
/// the time. One thread, one shared buffer.
/// </summary>
internal sealed class ClosedLoop(int port, int connections, string target, int pipelined = 1, int batchesOfAConnection = int.MaxValue) : IDisposable
{
    // Fewer than a usual backlog holds (512), or a connection waits a second for its second try.
    private const int OpenedAtOnce = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IPEndPoint _server = new(IPAddress.Loopback, port);
    private readonly byte[] _batch = Requests.Batch(Requests.Get(target), pipelined);
    private readonly byte[] _buffer = GC.AllocateArray<byte>(256 * 1024, pinned: true);
    private readonly Epoll _epoll = new();
    private readonly OpenStream?[] _streams = new OpenStream?[connections];
    private readonly int[] _batches = new int[connections];     // On this connection, with the one under way.
    private readonly long[] _due = new long[connections];       // Responses of this connection after which the batch is answered.

    private Harvest _closed;        // Of connections that are closed.
    private int _open;
    private bool _isEnding;

    /// <summary>All that has come so far.</summary>
    public Harvest Total => _streams.Aggregate(_closed, (sum, stream) => stream is null ? sum : sum + Of(stream));

    /// <summary>Opens the connections, and counts for so long what comes once all of them are served; then reads what was started.</summary>
    /// <param name="time">How long to count.</param>
    /// <param name="serverTime">The processor time of the server so far.</param>
    /// <exception cref="InvalidDataException">An answer was wrong, or none came for ten seconds.</exception>
    public Reaped Run(TimeSpan time, Func<TimeSpan> serverTime)
    {
        OpenAll();
        var (start, client, server, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, serverTime(), Total);
        while (Stopwatch.GetElapsedTime(start) < time) Turn();
        var elapsed = Stopwatch.GetElapsedTime(start);
        var reaped = new Reaped(Total - before, elapsed, serverTime() - server, (Environment.CpuUsage.TotalTime - client) / elapsed);
        Finish();
        return reaped;
    }

    /// <summary>Each connection sends one batch and reads its answers.</summary>
    public void RunOnce()
    {
        OpenAll();
        Finish();
    }

    public void Dispose()
    {
        foreach (var stream in _streams) stream?.Reset();
        _epoll.Dispose();
    }

    private void OpenAll()
    {
        for (var first = 0; first < connections; first += OpenedAtOnce)
        {
            var group = Enumerable.Range(first, Math.Min(OpenedAtOnce, connections - first)).ToArray();
            foreach (var tag in group) Open(tag);
            _open += group.Length;
            while (Array.Exists(group, tag => _streams[tag] is { HasHead: false })) Turn();
        }
    }

    private void Finish()
    {
        _isEnding = true;
        while (_open > 0) Turn();
    }

    private void Turn()
    {
        var ready = _epoll.Wait(Patience);
        if (ready == 0) throw new InvalidDataException($"no answer for {Patience.TotalSeconds:F0} s");
        for (var i = 0; i < ready; i++)
            if (Receive(_epoll.Ready(i))) GoOn(_epoll.Ready(i));
    }

    private void Open(int tag)
    {
        var stream = new OpenStream(_server, tag, _batch);
        (_streams[tag], _batches[tag], _due[tag]) = (stream, 1, pipelined);
        _epoll.Watch(stream.Socket, tag);
    }

    /// <summary>Returns whether the batch has been answered.</summary>
    private bool Receive(int tag)
    {
        var stream = _streams[tag]!;
        stream.Receive(_buffer);
        if (stream.IsClosed)
        {
            Reopen(stream);
            return false;
        }
        if (stream.Reader.Responses < _due[tag]) return false;
        if (stream.Reader.Responses > _due[tag]) throw new InvalidDataException("More responses came than were asked for.");
        if (stream.Reader.Head!.Status != 200) throw new InvalidDataException($"A request was answered with {stream.Reader.Head.Status}.");
        return stream.Reader.AtStart ? true : throw new InvalidDataException("Bytes came behind the last response.");
    }

    /// <summary>HttpListener closes after a hundred requests; that is its right between two responses.</summary>
    private void Reopen(OpenStream stream)
    {
        if (!stream.Reader.AtStart || stream.Reader.Responses != _due[stream.Tag] - pipelined || stream.Reader.Responses == 0)
            throw new InvalidDataException("The server closed before it had answered.");
        Close(stream);
        Open(stream.Tag);
    }

    /// <summary>The next batch, unless it is over.</summary>
    private void GoOn(int tag)
    {
        var stream = _streams[tag]!;
        if (_isEnding)
        {
            Close(stream);
            _open--;
        }
        else if (_batches[tag] == batchesOfAConnection || stream.Reader.Head!.Closes)
        {
            Close(stream);
            Open(tag);
        }
        else
        {
            _batches[tag]++;
            _due[tag] += pipelined;
            stream.Send(_batch);
        }
    }

    private void Close(OpenStream stream)
    {
        _closed += Of(stream);
        stream.Dispose();
        _streams[stream.Tag] = null;
    }

    private static Harvest Of(OpenStream stream) => new(stream.Reader.Responses, stream.Reader.Frames, stream.Reader.Bytes);
}
