using System.Globalization;

namespace RawStream.Bench.Quick;

/// <summary>The values of a command line's options, read strictly: what is wrong is answered with the reason and the usage.</summary>
internal sealed class Arguments(string usage)
{
    /// <exception cref="ArgumentException">An option has no value.</exception>
    public IEnumerable<(string Option, string Value)> Pairs(string[] args)
    {
        for (var i = 0; i < args.Length; i += 2)
            yield return (args[i], i + 1 < args.Length ? args[i + 1] : throw Wrong($"{args[i]} needs a value."));
    }

    /// <exception cref="ArgumentException">A name is not one of the known ones.</exception>
    public string[] Names(string value, IEnumerable<string> known)
    {
        var names = List(value);
        var unknown = names.Except(known).FirstOrDefault();
        return unknown is null ? names : throw Wrong($"'{unknown}' is not known.");
    }

    /// <exception cref="ArgumentException">A number is not a positive one.</exception>
    public int[] Numbers(string value) => [.. List(value).Select(Number)];

    /// <exception cref="ArgumentException">It is not a positive number.</exception>
    public int Number(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw Wrong($"'{value}' is not a positive number.");

    public ArgumentException Wrong(string reason) => new($"{reason}\n{usage}");

    private static string[] List(string value) =>
        value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
