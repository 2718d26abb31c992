using System.Text;

namespace RawStream.Http1;

/// <summary><c>pct-encoded = "%" HEXDIG HEXDIG</c> (RFC 3986 §2.1).</summary>
internal static class PercentEncoding
{
    /// <summary>Decodes text that the grammar has checked; what is not UTF-8 becomes U+FFFD.</summary>
    public static string Decode(ReadOnlySpan<byte> text, bool plusIsSpace = false)
    {
        var decoded = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                Convert.FromHexString([(char)text[i + 1], (char)text[i + 2]], decoded.AsSpan(length), out _, out _);
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
