using System.Diagnostics;
using RawStream.Load.Client;
using RawStream.Load.Report;

namespace RawStream.Load.Measures;

/// <summary>When the ticks of each stream are due, and how late they came. A frame is a tick.</summary>
internal sealed class TickSchedule
{
    private readonly TimeSpan _period;
    private readonly long[] _first;     // When the stream's first tick of the watch came; 0 if none has.
    private readonly long[] _seen;      // Frames of the stream, the earlier ones too.
    private readonly long[] _ticks;     // Of the watch, the first one too.

    public TickSchedule(StreamSet streams, TimeSpan period)
    {
        _period = period;
        _first = new long[streams.Count];
        _ticks = new long[streams.Count];
        _seen = [.. streams.Streams.Select(stream => stream.Reader.Frames)];
    }

    public Histogram Lateness { get; } = new();

    /// <summary>All that have come.</summary>
    public long Ticks => _ticks.Sum();

    /// <summary>The stream has got bytes now.</summary>
    public void Arrived(OpenStream stream, long now)
    {
        for (var tag = stream.Tag; _seen[tag] < stream.Reader.Frames; _seen[tag]++)
        {
            if (_ticks[tag] == 0) _first[tag] = now;
            else Lateness.Add(Late(tag, now));
            _ticks[tag]++;
        }
    }

    /// <summary>Counts what should have come by now: how many were due, and how many of them are missing, by a period at least.</summary>
    public (long Due, long Missing) End(long now)
    {
        long missing = 0;
        for (var tag = 0; tag < _first.Length; tag++)
        {
            if (_ticks[tag] == 0) throw new InvalidDataException("a stream did not tick at all");
            var come = _ticks[tag];
            for (; Late(tag, now) is var late && late > _period; _ticks[tag]++)
            {
                Lateness.Add(late);
                missing++;
            }
            _ticks[tag] = come;
        }
        return (Ticks + missing, missing);
    }

    /// <summary>How long after the time at which the stream's next tick is due.</summary>
    private TimeSpan Late(int tag, long now) => Stopwatch.GetElapsedTime(_first[tag], now) - _ticks[tag] * _period;
}
