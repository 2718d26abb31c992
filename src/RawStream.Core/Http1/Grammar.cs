using System.Buffers;
using System.Net;
using System.Text;

namespace RawStream.Http1;

/// <summary>The character classes and small rules that RFC 9110, RFC 9112 and RFC 3986 build everything from.</summary>
internal static class Grammar
{
    private const string Alpha = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const string Digit = "0123456789";
    private const string Unreserved = Alpha + Digit + "-._~";
    private const string Controls =
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000A\u000B\u000C\u000D\u000E\u000F" +
        "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\u007F";
    private const string SubDelims = "!$&'()*+,;=";

    /// <summary><c>tchar</c> (RFC 9110 §5.6.2).</summary>
    public static readonly SearchValues<byte> TokenBytes = Set("!#$%&'*+-.^_`|~" + Alpha + Digit);

    /// <summary>What may not stand in a field value: every control character but HTAB (RFC 9110 §5.5).</summary>
    public static readonly SearchValues<byte> ControlBytes = Set(Controls);

    /// <summary>The same for text that becomes a field value.</summary>
    public static readonly SearchValues<char> ControlChars = SearchValues.Create(Controls);

    /// <summary>
    /// <c>"/"</c> and <c>pchar</c> without <c>pct-encoded</c> (RFC 3986 §3.3), and <c>[ ] |</c>: browsers send these unencoded
    /// (WHATWG URL, path percent-encode set), and no parser takes them for anything else.
    /// </summary>
    public static readonly SearchValues<byte> PathBytes = Set("/" + Unreserved + SubDelims + ":@" + "[]|");

    /// <summary>
    /// <c>query</c> (RFC 3986 §3.4), and what browsers send unencoded there: also a <c>%</c> that encodes nothing, as in <c>?q=100%</c>.
    /// </summary>
    public static readonly SearchValues<byte> QueryBytes = Set("/?" + Unreserved + SubDelims + ":@%" + "[]|{}^`\\");

    private static readonly SearchValues<byte> RegNameBytes = Set(Unreserved + SubDelims);

    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExcept(TokenBytes);

    /// <summary>A token as a handler gives it: a field name, a method.</summary>
    public static bool IsToken(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
            if (c > 0x7F || !TokenBytes.Contains((byte)c))
                return false;
        return !text.IsEmpty;
    }

    /// <summary><c>OWS</c> is not part of what it surrounds (RFC 9110 §5.6.3).</summary>
    public static ReadOnlySpan<byte> TrimOws(ReadOnlySpan<byte> text) => text.Trim(" \t"u8);

    /// <summary>Compares with a name or token given in lower case, as the field's names are: without regard to case.</summary>
    public static bool EqualsIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> other) => Ascii.EqualsIgnoreCase(text, other);

    /// <summary>
    /// How far <paramref name="text"/> goes with <paramref name="allowed"/> and whole <c>pct-encoded = "%" HEXDIG HEXDIG</c>, none of which is NUL.
    /// </summary>
    public static int PercentEncodedLength(ReadOnlySpan<byte> text, SearchValues<byte> allowed)
    {
        var length = 0;
        while (true)
        {
            var stop = text[length..].IndexOfAnyExcept(allowed);
            if (stop < 0) return text.Length;
            length += stop;
            if (text[length] != '%' || text.Length - length < 3) return length;
            if (!char.IsAsciiHexDigit((char)text[length + 1]) || !char.IsAsciiHexDigit((char)text[length + 2])) return length;
            if (text[length + 1] == '0' && text[length + 2] == '0') return length;
            length += 3;
        }
    }

    /// <summary><c>uri-host [ ":" port ]</c> (RFC 9110 §7.2, RFC 3986 §3.2.2).</summary>
    public static bool IsHostAndPort(ReadOnlySpan<byte> text)
    {
        var hostLength = text.StartsWith("["u8) ? text.IndexOf((byte)']') + 1 : text.IndexOf((byte)':');
        if (hostLength < 0) hostLength = text.Length;
        var host = text[..hostLength];
        var port = text[hostLength..];
        return IsHost(host) && (port.IsEmpty || (!host.IsEmpty && port[0] == ':' && IsPort(port[1..])));
    }

    private static bool IsHost(ReadOnlySpan<byte> host) =>
        host.StartsWith("["u8) ? IsIPLiteral(host) : PercentEncodedLength(host, RegNameBytes) == host.Length;

    private static bool IsIPLiteral(ReadOnlySpan<byte> host) =>
        host.Length > 2 && host[^1] == ']' && !host.Contains((byte)'%') && IPAddress.TryParse(host[1..^1], out var address)
        && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;

    /// <summary><c>port = *DIGIT</c>, and a number that a port can have.</summary>
    private static bool IsPort(ReadOnlySpan<byte> port)
    {
        var number = 0;
        foreach (var digit in port)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            number = number * 10 + (digit - '0');
            if (number > ushort.MaxValue) return false;
        }
        return true;
    }

    private static SearchValues<byte> Set(string characters) => SearchValues.Create(Encoding.ASCII.GetBytes(characters));
}
