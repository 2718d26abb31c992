namespace RawStream.Host;

/// <summary>A language model with three answers. Which one it gives depends on a word of the question.</summary>
internal static class Parrot
{
    private const string Otherwise =
        "I am not a large model. I am a small parrot that sits in the sample host, and I know three answers by heart. "
        + "What you see is real all the same: each word leaves the server when I think of it, as an event of its own in a chunk of its own, "
        + "and your browser paints it while I am still looking for the next one. Press Stop, and I fall silent in the middle of a";

    private static readonly (string Word, string Answer)[] Answers =
    [
        ("chunk", "A chunk is a piece of a response whose end nobody knows yet. On the wire it is its size in hexadecimal, a line break, the bytes, and "
            + "another line break. A size of zero says that this was all. If the connection closes before that zero has come, the answer is "
            + "broken and not finished, and a careful client can tell the one from the other."),
        ("stop", "When you press Stop, your browser closes the connection. The server keeps a read pending on it while I talk, so it sees that "
            + "within milliseconds and without having to write. It cancels my token, my next delay throws, and I am gone: "
            + "no words are made that nobody reads, and nobody pays for them."),
    ];

    /// <summary>The tokens of an answer: its words, each with the space before it.</summary>
    public static IEnumerable<string> Answer(string prompt)
    {
        var known = Array.Find(Answers, answer => prompt.Contains(answer.Word, StringComparison.OrdinalIgnoreCase)).Answer;
        return Split(known ?? Otherwise + " sentence.");
    }

    private static IEnumerable<string> Split(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var space = text.IndexOf(' ', start + 1);
            var end = space < 0 ? text.Length : space;
            yield return text[start..end];
            start = end;
        }
    }
}
