namespace RawStream.Diagnostics;

/// <summary>Text that may be a peer's, for the message of an exception, which ends in a log: visible ASCII, and <c>\u000a</c> for a line feed.</summary>
internal static class Printable
{
    public static string Of(string text) =>
        text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c.ToString() : $@"\u{(int)c:x4}")) : text;
}
