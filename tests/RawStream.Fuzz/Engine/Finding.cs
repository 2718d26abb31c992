namespace RawStream.Fuzz.Engine;

/// <summary>An input for which something does not hold.</summary>
internal sealed record Finding(string Target, int Seed, byte[] Input, string What)
{
    private const int MinimisingMax = 4000;

    /// <summary>As short as it gets by leaving bytes out, while it still goes wrong in the same way.</summary>
    public static Finding Minimal(FuzzTarget target, int seed, byte[] input, string what)
    {
        var kind = FirstLine(what);
        var tries = 0;
        for (var piece = Math.Max(input.Length / 2, 1); piece > 0; piece /= 2)
        {
            for (var at = 0; at + piece <= input.Length && tries < MinimisingMax; tries++)
            {
                byte[] shorter = [.. input.AsSpan(0, at), .. input.AsSpan(at + piece)];
                if (Fuzzer.Fails(target, shorter) is { } failure && FirstLine(failure) == kind) (input, what) = (shorter, failure);
                else at += piece;
            }
        }
        return new Finding(target.Name, seed, input, what);
    }

    public override string ToString() => $"{Target}, seed {Seed}: {What}\nA line for corpus/{Target}.txt:\n{Notation.Show(Input)}";

    private static string FirstLine(string text)
    {
        var line = text.Split('\n')[0];
        return line[..Math.Min(line.Length, 60)];
    }
}
