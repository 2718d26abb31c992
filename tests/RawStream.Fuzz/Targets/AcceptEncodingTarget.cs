using System.Globalization;
using System.Text;
using RawStream.Coding;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Peers;

namespace RawStream.Fuzz.Targets;

/// <summary>Accept-Encoding: the answer of the RFC's words, read once more.</summary>
internal sealed class AcceptEncodingTarget : FuzzTarget
{
    public override string Name => "accept-encoding";

    public override IReadOnlyList<byte[]> Tokens => Dictionary.Fields;

    public override int Run(byte[] input)
    {
        if (Heads.WithLines("Accept-Encoding", input) is not { } head) return 0;
        var weights = ReadWeights(Encoding.Latin1.GetString(input));
        var outcome = 1;
        foreach (var available in (ReadOnlySpan<ContentCodings>)[ContentCodings.Identity, ContentCodings.Gzip | ContentCodings.Identity,
            ContentCodings.Brotli | ContentCodings.Gzip | ContentCodings.Identity])
        {
            var chosen = AcceptEncoding.Of(head.Fields).Choose(available);
            var expected = Choose(weights, available);
            Check(chosen == expected, $"{chosen} is chosen and not {expected}");
            outcome = outcome * 8 + (int)chosen;
        }
        return outcome;
    }

    private static ContentCodings Choose(Dictionary<string, int> weights, ContentCodings available)
    {
        int? Weight(params string[] names) => names.Select(name => weights.TryGetValue(name, out var weight) ? weight : (int?)null).FirstOrDefault(weight => weight is not null);
        var any = Weight("*");
        var identity = Weight("identity") ?? (any == 0 ? 0 : null);
        var best = ContentCodings.None;
        var highest = 0;
        foreach (var (coding, weight) in new[] { (ContentCodings.Brotli, Weight("br") ?? any), (ContentCodings.Gzip, Weight("gzip") ?? any), (ContentCodings.Identity, identity) })
            if (available.HasFlag(coding) && weight > highest)
                (best, highest) = (coding, weight.Value);
        return best == ContentCodings.None && identity is null ? available & ContentCodings.Identity : best;
    }

    /// <summary>In thousandths; the first of each name, where x-gzip is gzip (RFC 9110 §8.4.1.3).</summary>
    private static Dictionary<string, int> ReadWeights(string text)
    {
        var weights = new Dictionary<string, int>();
        foreach (var member in text.Split(['\n', ',']))
        {
            var parts = member.Split(';', 2);
            var name = parts[0].Trim(' ', '\t', '\r').ToLowerInvariant();
            if (name == "x-gzip") name = "gzip";
            var weight = 1000;
            if (parts.Length == 2 && !TryReadWeight(parts[1].Trim(' ', '\t', '\r'), out weight)) continue;
            weights.TryAdd(name, weight);
        }
        return weights;
    }

    private static bool TryReadWeight(string text, out int weight)
    {
        weight = 0;
        if (text.Length is < 3 or > 7 || !text.StartsWith("q=", StringComparison.OrdinalIgnoreCase) || text[2] is not ('0' or '1') || (text.Length > 3
            && text[3] != '.')) return false;
        if (!text.AsSpan(Math.Min(4, text.Length)).ToString().All(char.IsAsciiDigit)) return false;
        weight = (int)(decimal.Parse(text.AsSpan(2).TrimEnd('.'), CultureInfo.InvariantCulture) * 1000);
        return weight <= 1000;
    }
}
