using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using RawStream.Load.Client;

namespace RawStream.Load.Run;

/// <summary>Connections that ask for one URL, and ask again when a response has ended: on the same connection, or on a new one.</summary>
internal sealed class Crowd(Uri url, IPEndPoint server, int connections) : IDisposable
{
    // A server that refuses is not asked again at once.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly byte[] _request = Encoding.ASCII.GetBytes(
        $"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nAccept: */*\r\n\r\n");

    private readonly Epoll _epoll = new();
    private readonly byte[] _buffer = GC.AllocateArray<byte>(256 * 1024, pinned: true);
    private readonly OpenStream?[] _streams = new OpenStream?[connections];
    private readonly long[] _lastArrival = new long[connections];
    private readonly Queue<int> _toOpen = new(Enumerable.Range(0, connections));

    private long _nextOpening;

    public Tally Tally { get; } = new();

    public int Open => _streams.Count(stream => stream is not null);

    /// <summary>Reads and asks until that time.</summary>
    public void RunUntil(long deadline)
    {
        while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), deadline) is var left && left > TimeSpan.Zero)
        {
            if (_toOpen.Count > 0 && Stopwatch.GetTimestamp() >= _nextOpening) OpenSome();
            var ready = _epoll.Wait(_toOpen.Count > 0 && left > Pause ? Pause : left);
            for (var i = 0; i < ready; i++) Receive(_epoll.Ready(i));
        }
    }

    public void Dispose()
    {
        foreach (var stream in _streams) stream?.Reset();
        _epoll.Dispose();
    }

    /// <summary>Those that wait, each once; and a few at a time, so that the ones that are open are read meanwhile.</summary>
    private void OpenSome()
    {
        const int AtOnce = 256;
        for (var left = Math.Min(_toOpen.Count, AtOnce); left > 0; left--) TryOpen(_toOpen.Dequeue());
        if (_toOpen.Count < AtOnce) _nextOpening = Stopwatch.GetTimestamp() + (long)(Pause.TotalSeconds * Stopwatch.Frequency);
    }

    private void TryOpen(int tag)
    {
        try
        {
            var stream = new OpenStream(server, tag, _request);
            _streams[tag] = stream;
            _lastArrival[tag] = 0;
            _epoll.Watch(stream.Socket, tag);
        }
        catch (SocketException e)
        {
            Fail(tag, $"connect: {e.Message}");
        }
    }

    private void Receive(int tag)
    {
        if (_streams[tag] is not { } stream) return;
        var (responses, frames, bytes) = (stream.Reader.Responses, stream.Reader.Frames, stream.Reader.Bytes);
        try
        {
            stream.Receive(_buffer);
            if (stream.IsClosed && stream.Reader.EndsWithConnection) stream.Reader.EndBody();
        }
        catch (Exception e) when (e is InvalidDataException or SocketException)
        {
            Fail(tag, e is SocketException ? $"receive: {e.Message}" : $"framing: {e.Message}");
            return;
        }
        Count(stream, stream.Reader.Responses - responses, stream.Reader.Frames - frames, stream.Reader.Bytes - bytes);
        if (stream.IsClosed) EndOf(stream);
        else if (stream.Reader.Responses > responses) AskAgain(stream);
    }

    private void Count(OpenStream stream, long responses, long frames, long bytes)
    {
        Tally.Responses += responses;
        Tally.Frames += frames;
        Tally.Bytes += bytes;
        if (responses > 0 && stream.Reader.Head is { Status: not (>= 200 and < 300) and var status }) Tally.AddError($"status {status}");
        if (bytes == 0) return;
        var now = Stopwatch.GetTimestamp();
        if (_lastArrival[stream.Tag] > 0) Tally.Gaps.Add(Stopwatch.GetElapsedTime(_lastArrival[stream.Tag], now));
        _lastArrival[stream.Tag] = now;
    }

    private void EndOf(OpenStream stream)
    {
        if (stream.Reader.AtStart && stream.Reader.Responses > 0) Reopen(stream.Tag);
        else Fail(stream.Tag, "closed in the middle of a response");
    }

    private void AskAgain(OpenStream stream)
    {
        if (stream.Reader.Head!.Closes) Reopen(stream.Tag);
        else stream.Send(_request);
    }

    private void Reopen(int tag)
    {
        _streams[tag]?.Dispose();
        _streams[tag] = null;
        TryOpen(tag);
    }

    private void Fail(int tag, string kind)
    {
        Tally.AddError(kind);
        _streams[tag]?.Reset();
        _streams[tag] = null;
        _toOpen.Enqueue(tag);
    }
}
