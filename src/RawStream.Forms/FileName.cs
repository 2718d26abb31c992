using System.Buffers;
using System.Text;

namespace RawStream.Forms;

/// <summary>Makes of what a client calls a file a name that names nothing but a file in a folder, on every system (RFC 7578 §4.2).</summary>
internal static class FileName
{
    /// <summary>What Linux takes.</summary>
    private const int MaxBytes = 255;

    // Windows has them for streams, devices, wildcards and redirection; and some show what follows a control character otherwise than it is.
    private static readonly SearchValues<char> Unfit = SearchValues.Create([.. Enumerable.Range(0, 32).Select(c => (char)c), '\u007F', '<', '>', ':', '"', '|', '?', '*']);

    /// <summary><c>C:\photos\a:b.jpg</c> => <c>a_b.jpg</c>; null when nothing is left.</summary>
    /// <exception cref="BadRequestException">It is longer than any file system takes.</exception>
    public static string? Of(string? sent)
    {
        if (sent is null) return null;
        var name = sent.AsSpan(sent.LastIndexOfAny(['/', '\\']) + 1);
        Span<char> cleaned = name.Length <= MaxBytes ? stackalloc char[name.Length] : throw TooLong();
        name.ReplaceAny(cleaned, Unfit, '_');
        var fit = cleaned.TrimStart(' ').TrimEnd(" ."); // Windows drops these ends, which makes two names of one file.
        if (Encoding.UTF8.GetByteCount(fit) > MaxBytes) throw TooLong();
        return fit.IsEmpty ? null : fit.ToString();
    }

    private static BadRequestException TooLong() => new($"A file name is longer than {MaxBytes} bytes.");
}
