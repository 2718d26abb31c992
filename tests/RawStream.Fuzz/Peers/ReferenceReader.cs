using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RawStream.Fuzz.Peers;

/// <summary>A request as the reference reads it.</summary>
/// <param name="Method">As it was sent.</param>
/// <param name="Target">As it was sent.</param>
/// <param name="Body">Decoded; null where it is malformed, cut off or too large: then nothing behind it means anything.</param>
/// <param name="Keeps">The connection goes on, as far as the head says it.</param>
/// <param name="Expects">The client waits for a 100.</param>
/// <param name="HasBody">There is a framing field, and not a length of 0.</param>
/// <param name="IsHttp10">A response of unknown length can only be ended by closing.</param>
internal sealed record ReferenceRequest(string Method, string Target, byte[]? Body, bool Keeps, bool Expects, bool HasBody, bool IsHttp10);

/// <summary>
/// RFC 9112 once more, as slow and as strict as one likes and by other means: over text, a line at a time, all of it in memory. Where it and the server do not agree on what
/// the requests
/// of a connection are, one of them could be smuggled past.
/// </summary>
internal sealed class ReferenceReader(byte[] bytes, HttpLimits limits)
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private const string TokenChars = Letters + "!#$%&'*+-.^_`|~";
    private const string HostChars = Letters + "-._~!$&'()*+,;=";
    private const string PathChars = HostChars + "/:@[]|";
    private const string QueryChars = PathChars + "?%{}^`\\";

    private readonly string _text = Encoding.Latin1.GetString(bytes);
    private int _at;

    /// <summary>The next one; null when it is refused, is not whole, or is not there. Whoever gets null does not call again.</summary>
    /// <param name="bodyMax">At most so many bytes of a body.</param>
    public ReferenceRequest? Next(Func<string, string, long> bodyMax)
    {
        for (var empty = 0; At("\r\n"); _at += 2)
            if (++empty > 4) return null;
        if (ReadLine(limits.RequestLineBytes) is not { } line || line.Split(' ') is not [var method, var target, var version]) return null;
        if (!IsAll(method, TokenChars) || !IsTarget(method, target) || ReadVersion(version) is not { } minor) return null;
        if (ReadFields() is not { } fields) return null;

        var hosts = Values(fields, "host");
        if (hosts.Count > 1 || (hosts.Count == 0 && minor > 0) || hosts.Any(host => !IsAuthority(host))) return null;
        var lengths = Values(fields, "content-length");
        var codings = Values(fields, "transfer-encoding");
        if (codings.Count > 0 && (minor == 0 || lengths.Count > 0 || !(codings is [var coding] && Same(coding, "chunked")))) return null;
        if (lengths.Count > 1 || lengths.Any(length => !IsAll(length, "0123456789") || !IsInRange(length))) return null;
        var expectations = minor == 0 ? [] : Values(fields, "expect");
        if (expectations.Any(expectation => !Same(expectation, "100-continue"))) return null;

        var options = Values(fields, "connection").SelectMany(value => value.Split(',')).Select(Trim).ToList();
        var keeps = !options.Any(option => Same(option, "close")) && (minor > 0 || options.Any(option => Same(option, "keep-alive")));
        var most = bodyMax(method, target);
        var body = codings.Count > 0 ? ReadChunks(most) : ReadLength(lengths.Count > 0 ? long.Parse(lengths[0], CultureInfo.InvariantCulture) : 0, most);
        var hasBody = codings.Count > 0 || lengths.Any(length => length.Trim('0').Length > 0);
        return new ReferenceRequest(method, target, body, keeps, expectations.Count > 0, hasBody, minor == 0);
    }

    private byte[]? ReadLength(long length, long most)
    {
        if (length > most || length > bytes.Length - _at) return null;
        var body = bytes[_at..(_at + (int)length)];
        _at += (int)length;
        return body;
    }

    private byte[]? ReadChunks(long most)
    {
        var body = new List<byte>();
        while (true)
        {
            if (ReadLine(limits.ChunkSizeLineBytes) is not { } line) return null;
            var digits = line.TakeWhile(char.IsAsciiHexDigit).Count();
            var number = line[..digits].TrimStart('0');
            if (digits == 0 || number.Length > 15 || !AreExtensions(line[digits..])) return null;
            var size = number.Length == 0 ? 0 : long.Parse(number, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size == 0) return ReadFields() is null ? null : [.. body];
            if (body.Count + size > most || size > bytes.Length - _at - 2) return null;
            body.AddRange(bytes.AsSpan(_at, (int)size));
            _at += (int)size;
            if (!At("\r\n")) return null;
            _at += 2;
        }
    }

    /// <summary>A little machine: it says of each character what may follow.</summary>
    private static bool AreExtensions(string text)
    {
        var i = 0;
        bool Blanks()
        {
            while (i < text.Length && text[i] is ' ' or '\t') i++;
            return true;
        }
        bool Token()
        {
            var start = i;
            while (i < text.Length && TokenChars.Contains(text[i], StringComparison.Ordinal)) i++;
            return i > start;
        }
        bool Quoted()
        {
            if (i == text.Length || text[i++] != '"') return false;
            for (; i < text.Length; i++)
            {
                if (text[i] == '"') return i++ >= 0;
                if (text[i] == '\\') i++;
            }
            return false;
        }
        while (i < text.Length)
        {
            Blanks();
            if (i == text.Length || text[i++] != ';') return false;
            Blanks();
            if (!Token()) return false;
            var afterName = i;
            Blanks();
            if (i == text.Length || text[i] != '=')
            {
                i = afterName;
                continue;
            }
            i++;
            Blanks();
            if (i < text.Length && text[i] == '"' ? !Quoted() : !Token()) return false;
        }
        return true;
    }

    private List<(string Name, string Value)>? ReadFields()
    {
        var start = _at;
        var fields = new List<(string, string)>();
        while (true)
        {
            if (ReadLine(int.MaxValue) is not { } line) return null;
            if (line.Length == 0) return fields;
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || !IsAll(line[..colon], TokenChars) || _at - start > limits.HeaderBytes || fields.Count == limits.HeaderFields) return null;
            fields.Add((line[..colon], Trim(line[(colon + 1)..])));
        }
    }

    /// <summary>A line with its CRLF; null when a control character other than HTAB stands in it, when it is too long, or when it has no end.</summary>
    private string? ReadLine(int most)
    {
        var end = _at;
        while (end < _text.Length && (_text[end] >= ' ' || _text[end] == '\t') && _text[end] != '\x7f') end++;
        if (end - _at > most || end + 1 >= _text.Length || _text[end] != '\r' || _text[end + 1] != '\n') return null;
        var line = _text[_at..end];
        _at = end + 2;
        return line;
    }

    private static int? ReadVersion(string version) =>
        version.Length == 8 && version.StartsWith("HTTP/1.", StringComparison.Ordinal) && char.IsAsciiDigit(version[7]) ? version[7] - '0' : null;

    private static bool IsTarget(string method, string target)
    {
        if (method == "CONNECT") return false;
        if (target == "*") return method == "OPTIONS";
        if (target.StartsWith('/')) return IsPathAndQuery(target);
        var scheme = target.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || !(Same(target[..scheme], "http") || Same(target[..scheme], "https"))) return false;
        var rest = target[(scheme + 3)..];
        var end = rest.IndexOfAny(['/', '?']);
        if (end < 0) end = rest.Length;
        return end > 0 && IsAuthority(rest[..end]) && IsPathAndQuery(rest[end..]);
    }

    private static bool IsPathAndQuery(string text)
    {
        var mark = text.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? text : text[..mark];
        return IsEncoded(path, PathChars) && (mark < 0 || IsAllOf(text[(mark + 1)..], QueryChars));
    }

    private static bool IsAuthority(string text)
    {
        var hostEnd = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) + 1 : text.IndexOf(':', StringComparison.Ordinal);
        if (hostEnd < 0) hostEnd = text.Length;
        var (host, port) = (text[..hostEnd], text[hostEnd..]);
        if (port.Length > 0 && (host.Length == 0 || port[0] != ':' || !IsAllOf(port[1..], "0123456789") || (port.TrimStart(':').TrimStart('0') is { Length: > 0 } number
            && (number.Length > 5 || int.Parse(number, CultureInfo.InvariantCulture) > 65535))))
            return false;
        if (!text.StartsWith('[')) return IsEncoded(host, HostChars);
        return host.Length > 2 && !host.Contains('%', StringComparison.Ordinal) && IPAddress.TryParse(host[1..^1], out var address)
            && address.AddressFamily == AddressFamily.InterNetworkV6;
    }

    /// <summary>Percent-encoded bytes are whole, and none of them is NUL.</summary>
    private static bool IsEncoded(string text, string allowed)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (allowed.Contains(text[i], StringComparison.Ordinal)) continue;
            if (text[i] != '%' || i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]) || text.Substring(i, 3) == "%00") return false;
            i += 2;
        }
        return true;
    }

    /// <summary>Up to the last number to which the server can add any digit.</summary>
    private static bool IsInRange(string length) =>
        length.TrimStart('0') is var digits && (digits.Length < 19 || (digits.Length == 19 && string.CompareOrdinal(digits, "9223372036854775799") <= 0));

    private static bool IsAll(string text, string allowed) => text.Length > 0 && IsAllOf(text, allowed);

    private static bool IsAllOf(string text, string allowed) => text.All(c => allowed.Contains(c, StringComparison.Ordinal));

    private static List<string> Values(List<(string Name, string Value)> fields, string name) => [.. fields.Where(field => Same(field.Name, name)).Select(field => field.Value)];

    private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static string Trim(string text) => text.Trim(' ', '\t');

    private bool At(string text) => string.CompareOrdinal(_text, _at, text, 0, text.Length) == 0;
}
