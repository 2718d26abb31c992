using System.Globalization;

namespace RawStream.Files;

// Which bytes are asked for (RFC 9110 §14.1.2, §14.2):
//
//   Range       = "bytes=" 1#( int-range / suffix-range )
//   int-range   = first-pos "-" [ last-pos ]
//   suffix-range = "-" suffix-length
//
//   bytes=0-499      bytes=500-      bytes=-500      bytes=0-0, -1

/// <summary>The bytes from the first to the last, both included.</summary>
internal readonly record struct ByteRange(long First, long Last)
{
    /// <summary>A request for more ranges is answered with the whole: it is a mistake, or meant to make work (RFC 9110 §14.2).</summary>
    public const int RangesMax = 16;

    private const string Unit = "bytes=";

    public long Length => Last - First + 1;

    /// <summary>
    /// The ranges to send, in the order in which they were asked for; those that touch or overlap are sent as one. None of them when all lie
    /// behind the end; null when the field is to be ignored, because it is not there, is malformed, has another unit or too many ranges, or because there is nothing.
    /// </summary>
    /// <param name="field">The value of Range.</param>
    /// <param name="length">Of the representation.</param>
    public static IReadOnlyList<ByteRange>? Parse(string? field, long length)
    {
        if (field is null || !field.StartsWith(Unit, StringComparison.OrdinalIgnoreCase)) return null;
        if (length == 0) return null; // Nothing has no parts.
        var ranges = new List<ByteRange>();
        var count = 0;
        foreach (var part in field.AsSpan(Unit.Length).Split(','))
        {
            var spec = field.AsSpan(Unit.Length)[part].Trim(" \t");
            if (spec.IsEmpty) continue;
            if (++count > RangesMax || !TryParse(spec, length, out var range)) return null;
            if (range.First < length && range.Length > 0) Add(ranges, range);
        }
        return count == 0 ? null : ranges;
    }

    /// <summary>The value of Content-Range.</summary>
    public string Of(long length) => string.Create(CultureInfo.InvariantCulture, $"bytes {First}-{Last}/{length}");

    /// <summary>One range, cut off at the end of what there is. What cannot be satisfied starts behind it, or is empty.</summary>
    private static bool TryParse(ReadOnlySpan<char> spec, long length, out ByteRange range)
    {
        range = default;
        var dash = spec.IndexOf('-');
        if (dash < 0) return false;
        var (hasFirst, hasLast) = (dash > 0, dash < spec.Length - 1);
        if (!TryParsePosition(spec[..dash], out var first) || !TryParsePosition(spec[(dash + 1)..], out var last)) return false;
        if (!hasFirst) range = new ByteRange(Math.Max(length - last, 0), length - 1);
        else if (hasLast) range = new ByteRange(first, Math.Min(last, length - 1));
        else range = new ByteRange(first, length - 1);
        return hasFirst ? !hasLast || first <= last : hasLast;
    }

    /// <summary>Digits, or nothing, which is 0. A number that is too large is as good as the largest.</summary>
    private static bool TryParsePosition(ReadOnlySpan<char> digits, out long position)
    {
        position = 0;
        if (digits.ContainsAnyExceptInRange('0', '9')) return false;
        if (!digits.IsEmpty && !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out position)) position = long.MaxValue;
        return true;
    }

    /// <summary>The ranges never touch each other, so a new one that does takes in whatever it touches.</summary>
    private static void Add(List<ByteRange> ranges, ByteRange range)
    {
        var place = ranges.Count;
        for (var i = ranges.Count - 1; i >= 0; i--)
        {
            var other = ranges[i];
            if (range.First > other.Last + 1 || other.First > range.Last + 1) continue;
            range = new ByteRange(Math.Min(range.First, other.First), Math.Max(range.Last, other.Last));
            ranges.RemoveAt(i);
            place = i;
        }
        ranges.Insert(place, range);
    }
}
