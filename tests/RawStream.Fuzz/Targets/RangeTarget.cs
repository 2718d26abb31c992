using System.Text;
using RawStream.Files;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Peers;

namespace RawStream.Fuzz.Targets;

/// <summary>Ranges, dates, entity tags and the conditions made of them.</summary>
internal sealed class RangeTarget : FuzzTarget
{
    public override string Name => "range";

    public override IReadOnlyList<byte[]> Tokens => Dictionary.Fields;

    public override int Run(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        var outcome = 0;
        foreach (var length in (ReadOnlySpan<long>)[0, 1, 1000, long.MaxValue]) outcome = outcome * 5 + CheckRanges(text, length);
        if (HttpDate.TryParse(text, out var date))
        {
            Check(HttpDate.TryParse(HttpDate.Format(date), out var again) && again == date, "a date that is written is read");
            outcome += 10_000;
        }
        var isInWeak = EntityTag.IsIn(text, "\"a\"", isStrong: false);
        Check(isInWeak || !EntityTag.IsIn(text, "\"a\"", isStrong: true), "what is equal strongly is equal weakly");
        Check(isInWeak == EntityTag.IsIn(text, "W/\"a\"", isStrong: false), "weakness does not count in the weak comparison");
        Check(EntityTag.IsIn($"\"x\", {Quoted(text)}, \"y\"", Quoted(text), isStrong: true), "a tag is found in a list");
        foreach (var name in (ReadOnlySpan<string>)["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"])
        {
            if (Heads.WithLines(name, input) is not { } head) continue;
            outcome = outcome * 3 + (int)Preconditions.Evaluate(head.Fields, "\"a\"", new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            if (Preconditions.RangeCounts(head.Fields, "\"a\"", default)) outcome += 20_000;
        }
        return outcome;
    }

    private static int CheckRanges(string text, long length)
    {
        if (ByteRange.Parse(text, length) is not { } ranges) return 0;
        Check(ranges.Count <= ByteRange.RangesMax, "not many ranges");
        foreach (var range in ranges) Check(range.First >= 0 && range.First <= range.Last && range.Last < length, $"a range lies within: {range} of {length}");
        for (var i = 0; i < ranges.Count; i++)
            for (var j = 0; j < i; j++)
                Check(ranges[i].First > ranges[j].Last + 1 || ranges[j].First > ranges[i].Last + 1, "no ranges touch");
        return 1 + Math.Min(ranges.Count, 3);
    }

    private static string Quoted(string text) => $"\"{text.Replace("\"", "", StringComparison.Ordinal)}\"";
}
