using System.Diagnostics;
using System.Net;
using RawStream.Load.Wire;

namespace RawStream.Load.Client;

/// <summary>What a load has got in which time.</summary>
internal readonly record struct Harvest(long Responses, long Frames, long Bytes, TimeSpan Time)
{
    /// <summary>How much of its core the load itself took: near 1, the client is what is measured.</summary>
    public double ClientBusy { get; init; }
}

/// <summary>
/// Connections each of which sends a batch of requests, reads the answers, and sends the next batch: all of them are under way all
/// the time. One thread, one shared buffer.
/// </summary>
internal sealed class ClosedLoop(int port, int connections, string target, int pipelined = 1, int batchesOfAConnection = int.MaxValue) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IPEndPoint _server = new(IPAddress.Loopback, port);
    private readonly byte[] _batch = Requests.Batch(Requests.Get(target), pipelined);
    private readonly byte[] _buffer = GC.AllocateArray<byte>(256 * 1024, pinned: true);
    private readonly Epoll _epoll = new();
    private readonly OpenStream?[] _streams = new OpenStream?[connections];
    private readonly int[] _batches = new int[connections];     // On this connection, with the one under way.
    private readonly long[] _due = new long[connections];       // Responses of this connection after which it is under way no more.

    private long _responses, _frames, _bytes;   // Of connections that are closed.

    /// <summary>Starts batches until the time is up, and reads what was started.</summary>
    /// <exception cref="InvalidDataException">An answer was wrong, or none came for ten seconds.</exception>
    public Harvest Run(TimeSpan time)
    {
        var (start, busy) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var deadline = start + (long)(time.TotalSeconds * Stopwatch.Frequency);
        for (var i = 0; i < connections; i++) Open(i);
        for (var open = connections; open > 0;)
        {
            var ready = _epoll.Wait(Patience);
            if (ready == 0) throw new InvalidDataException($"no answer for {Patience.TotalSeconds:F0} s");
            for (var i = 0; i < ready; i++)
                if (Receive(_epoll.Ready(i)) && !GoOn(_epoll.Ready(i), deadline)) open--;
        }
        var elapsed = Stopwatch.GetElapsedTime(start);
        return new Harvest(_responses, _frames, _bytes, elapsed) { ClientBusy = (Environment.CpuUsage.TotalTime - busy) / elapsed };
    }

    public void Dispose()
    {
        foreach (var stream in _streams) stream?.Reset();
        _epoll.Dispose();
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

    /// <summary>Returns whether there is a next batch.</summary>
    private bool GoOn(int tag, long deadline)
    {
        var stream = _streams[tag]!;
        if (Stopwatch.GetTimestamp() >= deadline)
        {
            Close(stream);
            return false;
        }
        if (_batches[tag] == batchesOfAConnection || stream.Reader.Head!.Closes)
        {
            Close(stream);
            Open(tag);
            return true;
        }
        _batches[tag]++;
        _due[tag] += pipelined;
        stream.Send(_batch);
        return true;
    }

    private void Close(OpenStream stream)
    {
        _responses += stream.Reader.Responses;
        _frames += stream.Reader.Frames;
        _bytes += stream.Reader.Bytes;
        stream.Dispose();
        _streams[stream.Tag] = null;
    }
}
