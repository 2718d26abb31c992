using System.Diagnostics;
using RawStream.Load.Client;

namespace RawStream.Load.Attacks;

/// <summary>
/// How late the latest tick of a window comes. A stream's k-th tick belongs k periods after its first one; which of them was in time nobody knows, so the earliest one, by that
/// measure, counts as such. A tick that is missing at the end is as late as the time since then.
/// </summary>
internal sealed class TickDelays
{
    private readonly TimeSpan _period;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly long[] _seen;          // Frames of the stream, the earlier ones too.
    private readonly long[] _ticks;         // Of the window.
    private readonly TimeSpan[] _earliest;  // Of a tick less its place.
    private readonly TimeSpan[] _latest;

    public TickDelays(StreamSet streams, TimeSpan period)
    {
        _period = period;
        _seen = [.. streams.Streams.Select(stream => stream.Reader.Frames)];
        _ticks = new long[streams.Count];
        _earliest = [.. _seen.Select(_ => TimeSpan.MaxValue)];
        _latest = [.. _seen.Select(_ => TimeSpan.MinValue)];
    }

    /// <summary>The stream has got bytes now.</summary>
    public void Arrived(OpenStream stream, long now)
    {
        for (var tag = stream.Tag; _seen[tag] < stream.Reader.Frames; _seen[tag]++, _ticks[tag]++)
        {
            var place = Place(tag, now);
            if (place < _earliest[tag]) _earliest[tag] = place;
            if (place > _latest[tag]) _latest[tag] = place;
        }
    }

    /// <exception cref="InvalidDataException">A stream did not tick at all.</exception>
    public TimeSpan Worst(long now)
    {
        var worst = TimeSpan.Zero;
        for (var tag = 0; tag < _ticks.Length; tag++)
        {
            if (_ticks[tag] == 0) throw new InvalidDataException("a healthy stream did not tick");
            var (late, missing) = (_latest[tag] - _earliest[tag], Place(tag, now) - _earliest[tag]);
            worst = new[] { worst, late, missing }.Max();
        }
        return worst;
    }

    private TimeSpan Place(int tag, long now) => Stopwatch.GetElapsedTime(_start, now) - _ticks[tag] * _period;
}
