using System.Numerics;

namespace RawStream.Load.Report;

/// <summary>
/// Very many times in little memory: a bucket has a width of at most 1/64 of its value, so a percentile is right to 1.6 %. Times of
/// less than nothing count as nothing.
/// </summary>
internal sealed class Histogram
{
    private const int Bits = 6;
    private const int Steps = 1 << Bits;        // Buckets of an octave.

    private readonly long[] _buckets = new long[(64 - Bits) * Steps];

    public long Count { get; private set; }

    public void Add(TimeSpan time)
    {
        _buckets[BucketOf(Math.Max(0, time.Ticks))]++;
        Count++;
    }

    /// <summary>The time that so large a share of the times does not exceed: the nearest rank, and the upper end of its bucket.</summary>
    /// <returns>Nothing at all if there are no times.</returns>
    public TimeSpan Percentile(double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        for (var bucket = 0; bucket < _buckets.Length; bucket++)
            if ((seen += _buckets[bucket]) >= rank) return TimeSpan.FromTicks(UpperEnd(bucket));
        return TimeSpan.Zero;
    }

    private static int BucketOf(long ticks)
    {
        if (ticks < Steps) return (int)ticks;
        var shift = BitOperations.Log2((ulong)ticks) - Bits;
        return (shift + 1) * Steps + (int)(ticks >> shift) - Steps;
    }

    private static long UpperEnd(int bucket)
    {
        if (bucket < Steps) return bucket;
        var shift = bucket / Steps - 1;
        return ((long)(Steps + bucket % Steps + 1) << shift) - 1;
    }
}
