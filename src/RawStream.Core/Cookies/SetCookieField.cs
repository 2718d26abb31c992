using System.Buffers;
using System.Globalization;
using System.Text;
using RawStream.Diagnostics;
using RawStream.Http1;

namespace RawStream.Cookies;

// One cookie for a browser to keep (RFC 6265bis §4.1.1):
//
//   set-cookie-string = cookie-name "=" cookie-value *( ";" SP cookie-av )
//
//   Set-Cookie: __Host-sid=31d4d96e; Max-Age=3600; Path=/; Secure; HttpOnly; SameSite=Lax

/// <summary>
/// Writes the value of Set-Cookie. A browser drops what breaks the rules, without a word; here it is an exception.
/// </summary>
internal static class SetCookieField
{
    public const string Name = "Set-Cookie";

    /// <summary>Of name and value together: browsers drop longer ones (RFC 6265bis §5.6).</summary>
    private const int MaxLength = 4096;

    private const string SecurePrefix = "__Secure-";
    private const string HostPrefix = "__Host-";

    // cookie-octet: no controls, whitespace, DQUOTE, comma, semicolon, or backslash.
    private static readonly SearchValues<char> CookieOctets = SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).Except("\",;\\")]);

    /// <exception cref="ArgumentException">A browser would not take it.</exception>
    public static string Format(string name, string value, CookieOptions options, TimeSpan? maxAge)
    {
        CheckNameAndValue(name, value);
        CheckPrefix(name, options);
        CheckOptions(options);
        var field = new StringBuilder(name).Append('=').Append(value);
        if (options.Expires is { } expires && maxAge is null) field.Append(CultureInfo.InvariantCulture, $"; Expires={expires.UtcDateTime:R}");
        if (maxAge is { } age) field.Append(CultureInfo.InvariantCulture, $"; Max-Age={Math.Max(0, (long)age.TotalSeconds)}");
        if (options.Domain is not null) field.Append("; Domain=").Append(options.Domain);
        if (options.Path is not null) field.Append("; Path=").Append(options.Path);
        if (options.Secure) field.Append("; Secure");
        if (options.HttpOnly) field.Append("; HttpOnly");
        field.Append("; SameSite=").Append(options.SameSite);
        if (options.Partitioned) field.Append("; Partitioned");
        return field.ToString();
    }

    private static void CheckNameAndValue(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        if (!Grammar.IsToken(name)) throw new ArgumentException($"'{Printable.Of(name)}' is not the name of a cookie: it has to be a token.", nameof(name));
        if (value.AsSpan().ContainsAnyExcept(CookieOctets))
            throw new ArgumentException($"The value of the cookie {name} holds what a cookie cannot: encode it, by Uri.EscapeDataString or as base64url.", nameof(value));
        if (name.Length + value.Length > MaxLength) throw new ArgumentException($"The cookie {name} is longer than the {MaxLength} bytes that browsers keep.", nameof(value));
    }

    private static void CheckPrefix(string name, CookieOptions options)
    {
        var isHost = name.StartsWith(HostPrefix, StringComparison.OrdinalIgnoreCase);
        if (!isHost && !name.StartsWith(SecurePrefix, StringComparison.OrdinalIgnoreCase)) return;
        if (!options.Secure) throw new ArgumentException($"The name {name} promises a cookie that is Secure.", nameof(options));
        if (isHost && (options.Path != "/" || options.Domain is not null))
            throw new ArgumentException($"The name {name} promises a cookie of this host alone: Path is \"/\", and there is no Domain.", nameof(options));
    }

    private static void CheckOptions(CookieOptions options)
    {
        if (options.SameSite == SameSite.None && !options.Secure) throw new ArgumentException("SameSite=None needs Secure.", nameof(options));
        if (options.Partitioned && !options.Secure) throw new ArgumentException("Partitioned needs Secure.", nameof(options));
        if (options.Domain is { } domain && Uri.CheckHostName(domain) != UriHostNameType.Dns) throw new ArgumentException($"'{Printable.Of(domain)}' is not a domain.", nameof(options));
        if (options.Path is { } path && !IsPath(path))
            throw new ArgumentException($"'{Printable.Of(path)}' is not the path of a cookie: it starts with a slash, and holds no semicolon.", nameof(options));
    }

    private static bool IsPath(string path) =>
        path.StartsWith('/') && Ascii.IsValid(path) && !path.AsSpan().ContainsAny(Grammar.ControlChars) && !path.Contains(';', StringComparison.Ordinal);
}
