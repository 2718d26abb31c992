using System.Buffers;
using RawStream.Http1;

namespace RawStream.Files;

/// <summary>
/// What a segment of a path may be to name a file. What means something else to any system is refused on all of them: a name must not lead
/// elsewhere when a site moves to another machine.
/// </summary>
internal static class FileName
{
    // Both slashes separate, and a colon names a drive or a second stream of a file. U+FFFD stands for bytes that are not UTF-8.
    private static readonly SearchValues<char> Refused = SearchValues.Create("/\\:\uFFFD");

    /// <param name="name">Decoded.</param>
    /// <param name="allowDotFiles">Names may begin with a dot. "." and ".." are refused even so.</param>
    public static bool IsAllowed(ReadOnlySpan<char> name, bool allowDotFiles)
    {
        if (name.IsEmpty || name.ContainsAny(Refused) || name.ContainsAny(Grammar.ControlChars)) return false;
        if (name[^1] is '.' or ' ') return false; // Windows drops them: what is compared would not be what is opened.
        if (OperatingSystem.IsWindows() && name.Contains('~')) return false; // A short name, such as GIT~1 for .git.
        return allowDotFiles || name[0] != '.';
    }
}
