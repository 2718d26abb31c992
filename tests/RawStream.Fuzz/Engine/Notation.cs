using System.Globalization;
using System.Text;

namespace RawStream.Fuzz.Engine;

/// <summary>Bytes on one line of text, as in the files of the corpus: printable ASCII as it is, and <c>\r \n \t \\ \xNN</c>.</summary>
internal static class Notation
{
    public static string Show(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length + 16);
        foreach (var b in bytes)
        {
            if (b == '\r') text.Append(@"\r");
            else if (b == '\n') text.Append(@"\n");
            else if (b == '\t') text.Append(@"\t");
            else if (b == '\\') text.Append(@"\\");
            else if (b is >= 0x20 and < 0x7F && (b != '#' || text.Length > 0)) text.Append((char)b);
            else text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        }
        return text.ToString();
    }

    /// <exception cref="FormatException">It has a character that is not printable ASCII, or another escape.</exception>
    public static byte[] Read(string line)
    {
        var bytes = new List<byte>(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] is < ' ' or > '~') throw new FormatException($"U+{(int)line[i]:X4} is written as bytes, \\xNN: {line}");
            if (line[i] != '\\')
            {
                bytes.Add((byte)line[i]);
                continue;
            }
            var escape = ++i < line.Length ? line[i] : ' ';
            bytes.Add(escape switch
            {
                'r' => (byte)'\r',
                'n' => (byte)'\n',
                't' => (byte)'\t',
                '\\' => (byte)'\\',
                'x' when i + 2 < line.Length => byte.Parse(line.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                _ => throw new FormatException($"A backslash begins \\r \\n \\t \\\\ or \\xNN: {line}"),
            });
            if (escape == 'x') i += 2;
        }
        return [.. bytes];
    }
}
