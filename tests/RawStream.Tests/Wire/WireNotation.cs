using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace RawStream.Tests.Wire;

// The notation of the wire cases (tests/wire/README.md). Bytes as text, and text as bytes:
//
//   ␍ ␊ ␀ ␉ ␋       the control bytes they picture
//   \x7f             any byte, in hexadecimal
//   \\               a backslash
//   «300×ab»         300 times ab; what is repeated may hold line ends and further repetitions
//   anything else    printable ASCII, one byte each
//
// The newlines of the Markdown file are no bytes.

/// <summary>Bytes that can be read, in both directions.</summary>
internal static partial class WireNotation
{
    private const int LongRun = 40;
    private const int ShownMax = 6000;
    private const string Pictures = "␀␉␊␋␍";
    private const string Pictured = "\0\t\n\v\r";

    /// <summary>Writes repetitions out, the innermost first.</summary>
    public static string Expand(string text)
    {
        while (text.Contains('«', StringComparison.Ordinal))
        {
            var expanded = Repetition().Replace(text, Repeat);
            if (expanded == text) throw new FormatException("A repetition is written «count×text».");
            text = expanded;
        }
        return text;
    }

    /// <summary>The bytes of an expanded text. Newlines are skipped.</summary>
    public static byte[] Decode(ReadOnlySpan<char> text)
    {
        var bytes = new byte[text.Length];
        var count = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\n') continue;
            bytes[count++] = text[at] == '\\' ? DecodeEscape(text, ref at) : DecodeCharacter(text[at]);
        }
        return bytes[..count];
    }

    /// <summary>The bytes as text, a line of the wire on a line of its own, long runs and long texts shortened.</summary>
    public static string Show(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        for (var at = 0; at < bytes.Length;)
        {
            if (text.Length > ShownMax) return text.Append(CultureInfo.InvariantCulture, $" and {bytes.Length - at} bytes more").ToString();
            var run = RunLength(bytes[at..]);
            if (run > LongRun) text.Append(CultureInfo.InvariantCulture, $"«{run}×{Show(bytes[at])}»");
            else text.Append(Show(bytes[at]));
            if (bytes[at] == '\n') text.Append('\n');
            at += run > LongRun ? run : 1;
        }
        return text.ToString();
    }

    /// <summary>How many times the first byte is repeated.</summary>
    public static int RunLength(ReadOnlySpan<byte> bytes)
    {
        var length = bytes.IndexOfAnyExcept(bytes[0]);
        return length < 0 ? bytes.Length : length;
    }

    private static string Show(byte value)
    {
        if (value == '\\') return "\\\\";
        if (value is >= 0x20 and < 0x7f) return ((char)value).ToString();
        var picture = Pictured.IndexOf((char)value, StringComparison.Ordinal);
        return picture >= 0 ? Pictures[picture].ToString() : $"\\x{value:x2}";
    }

    private static byte DecodeCharacter(char character)
    {
        if (character is >= ' ' and < '\x7f') return (byte)character;
        var picture = Pictures.IndexOf(character, StringComparison.Ordinal);
        return picture >= 0
            ? (byte)Pictured[picture]
            : throw new FormatException($"The character U+{(int)character:X4} is written as bytes: \\xNN.");
    }

    private static byte DecodeEscape(ReadOnlySpan<char> text, ref int at)
    {
        var escape = text[at..];
        if (escape.StartsWith(@"\\"))
        {
            at += 1;
            return (byte)'\\';
        }
        if (escape.Length < 4 || escape[1] != 'x' || !byte.TryParse(escape[2..4], NumberStyles.AllowHexSpecifier, null, out var value))
            throw new FormatException(@"A backslash begins \\ or \xNN.");
        at += 3;
        return value;
    }

    private static string Repeat(Match repetition)
    {
        var count = int.Parse(repetition.Groups["count"].ValueSpan, CultureInfo.InvariantCulture);
        return new StringBuilder().Insert(0, repetition.Groups["text"].Value, count).ToString();
    }

    [GeneratedRegex("«(?<count>[0-9]+)×(?<text>[^«»]*)»")]
    private static partial Regex Repetition();
}
