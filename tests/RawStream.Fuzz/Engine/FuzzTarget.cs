namespace RawStream.Fuzz.Engine;

/// <summary>Something that takes bytes of a peer, and what must hold whatever they are.</summary>
internal abstract class FuzzTarget
{
    /// <summary>Also the name of its file of the corpus.</summary>
    public abstract string Name { get; }

    /// <summary>What to put into an input: what has broken such parsers before.</summary>
    public virtual IReadOnlyList<byte[]> Tokens => Dictionary.Http;

    /// <summary>
    /// One execution. It returns what came of it, as a number: an input that brings another one than those before is worth to be changed further. It is the same each time for
    /// the same
    /// bytes.
    /// </summary>
    /// <exception cref="Exception">Something does not hold.</exception>
    public abstract int Run(byte[] input);

    /// <summary>Good inputs to begin with, from the corpus.</summary>
    public IReadOnlyList<byte[]> ReadCorpus()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "corpus", Name + ".txt");
        return [.. File.ReadLines(file).Where(line => line.Length > 0 && line[0] != '#').Select(Notation.Read)];
    }

    /// <summary>The choices of an execution, such as where the bytes are split, follow from its bytes: a finding is its input and nothing else.</summary>
    protected static Random ChoicesFor(byte[] input)
    {
        var seed = 17;
        foreach (var b in input) seed = unchecked(seed * 31 + b);
        return new Random(seed);
    }

    /// <exception cref="FuzzFinding">It is false.</exception>
    protected static void Check(bool holds, string what)
    {
        if (!holds) throw new FuzzFinding(what);
    }
}

/// <summary>An invariant that does not hold.</summary>
internal sealed class FuzzFinding(string message) : Exception(message);
