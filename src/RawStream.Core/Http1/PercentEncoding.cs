using System.Globalization;
using System.Text;

namespace RawStream.Http1;

/// <summary><c>pct-encoded = "%" HEXDIG HEXDIG</c> (RFC 3986 §2.1).</summary>
internal static class PercentEncoding
{
    /// <summary>A <c>%</c> that encodes nothing stays as it is; what is not UTF-8 becomes U+FFFD.</summary>
    public static string Decode(ReadOnlySpan<byte> text, bool plusIsSpace = false)
    {
        if (!text.Contains((byte)'%') && !(plusIsSpace && text.Contains((byte)'+'))) return Encoding.UTF8.GetString(text);
        var decoded = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && byte.TryParse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, null, out var value))
            {
                decoded[length] = value;
                i += 2;
            }
            else
            {
                decoded[length] = text[i] == '+' && plusIsSpace ? (byte)' ' : text[i];
            }
            length++;
        }
        return Encoding.UTF8.GetString(decoded, 0, length);
    }
}
