namespace RawStream.Load.Compare;

/// <summary>What is being done now, on stderr: one line that changes on a terminal, lines elsewhere.</summary>
internal static class Progress
{
    private static int _shown;

    public static void Show(string text)
    {
        if (Console.IsErrorRedirected)
        {
            Console.Error.WriteLine(text);
            return;
        }
        Console.Error.Write($"\r{text.PadRight(_shown)}");
        _shown = text.Length;
    }

    /// <summary>A line that stays.</summary>
    public static void Note(string text)
    {
        Clear();
        Console.Error.WriteLine(text);
    }

    public static void Clear()
    {
        if (_shown > 0) Console.Error.Write($"\r{new string(' ', _shown)}\r");
        _shown = 0;
    }
}
