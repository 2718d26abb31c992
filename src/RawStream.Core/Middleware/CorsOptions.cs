using System.Text;
using RawStream.Http1;

namespace RawStream;

/// <summary>
/// Which pages of other origins may read the responses of this server (WHATWG Fetch §3.2). It protects those who use a browser from other sites; it does not keep anybody
/// else from sending requests.
/// </summary>
public sealed class CorsOptions
{
    internal const string Any = "*";

    /// <summary>
    /// The origins that may, such as <c>https://app.example</c>: scheme, host, and a port that is not the usual one. <c>["*"]</c> is every origin, for what everybody may read
    /// anyway.
    /// </summary>
    /// <exception cref="ArgumentException">One of them is not what a browser sends as an origin; or "*" stands beside others, or with <see cref="Credentials"/>.</exception>
    public IReadOnlyList<string> Origins
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (var origin in value) CheckOrigin(origin);
            if (value.Contains(Any) && value.Count > 1) throw new ArgumentException("\"*\" is every origin: it stands alone.", nameof(value));
            field = [.. value];
            ThrowIfOpenToAll();
        }
    } = [];

    /// <summary>
    /// More origins: is given what the browser sends, which may be <c>null</c> (as text) for a page without an origin. To say yes to all of them together with
    /// <see cref="Credentials"/> gives every site the rights of your users.
    /// </summary>
    public Func<string, bool>? OriginIsAllowed { get; init; }

    /// <summary>The pages may send cookies and use what they get for it. False by default.</summary>
    /// <exception cref="ArgumentException">Every origin is allowed: any site could act for your users.</exception>
    public bool Credentials
    {
        get;
        init
        {
            field = value;
            ThrowIfOpenToAll();
        }
    }

    /// <summary>The methods that they may use; null, the default, for those that the route answers to.</summary>
    /// <exception cref="ArgumentException">One of them is not a token.</exception>
    public IReadOnlyList<string>? Methods { get; init => field = Tokens(value); }

    /// <summary>The header fields that they may set, beyond the few that all may; null, the default, for those that they ask for.</summary>
    /// <exception cref="ArgumentException">One of them is not a token.</exception>
    public IReadOnlyList<string>? AllowedHeaders { get; init => field = Tokens(value); }

    /// <summary>The fields of responses that they may read, beyond the few that all may. None by default.</summary>
    /// <exception cref="ArgumentException">One of them is not a token.</exception>
    public IReadOnlyList<string> ExposedHeaders { get; init => field = Tokens(value) ?? throw new ArgumentNullException(nameof(value)); } = [];

    /// <summary>For how long a browser may keep the answer to a preflight, in whole seconds, 10 minutes by default; browsers have bounds of their own.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public TimeSpan MaxAge
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            field = value;
        }
    } = TimeSpan.FromMinutes(10);

    private void ThrowIfOpenToAll()
    {
        if (Credentials && Origins.Contains(Any)) throw new ArgumentException("With credentials, name the origins: with \"*\" any site could act for your users.", nameof(Origins));
    }

    /// <summary>As browsers serialize it: in lower case, without the usual port, and with nothing behind.</summary>
    private static void CheckOrigin(string origin)
    {
        if (origin == Any) return;
        var isOrigin = Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.GetLeftPart(UriPartial.Authority) == origin
            && uri.Host.Length > 0 && uri.UserInfo.Length == 0 && Ascii.IsValid(origin);
        if (!isOrigin) throw new ArgumentException($"'{origin}' is not an origin, which is like https://app.example or http://localhost:3000.", nameof(origin));
    }

    private static IReadOnlyList<string>? Tokens(IReadOnlyList<string>? names)
    {
        foreach (var name in names ?? [])
            if (!Grammar.IsToken(name) || name == Any)
                throw new ArgumentException($"'{name}' is not a name.", nameof(names));
        return names is null ? null : [.. names];
    }
}
