namespace RawStream;

/// <summary>
/// The attributes of a cookie (RFC 6265bis §4.1.2). The defaults keep it from scripts and from what other sites make a browser send; over HTTPS, set
/// <see cref="Secure"/> as well.
/// </summary>
public sealed class CookieOptions
{
    internal static readonly CookieOptions Default = new();

    /// <summary>The path below which it is sent, "/" by default; null for that of the request which it answers.</summary>
    public string? Path { get; init; } = "/";

    /// <summary>A domain, to share it with all hosts below that; null, the default, keeps it to this host.</summary>
    public string? Domain { get; init; }

    /// <summary>How long it lives, in whole seconds, before <see cref="Expires"/>; zero or less deletes it. Without both it goes when the browser closes.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>When it ends, by the clock of the client: <see cref="MaxAge"/> is better.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>
    /// It goes over HTTPS only. False by default, as a browser would not take it back over the plain HTTP that a test runs on; behind HTTPS it belongs to each cookie.
    /// </summary>
    public bool Secure { get; init; }

    /// <summary>No script can read it. True by default: what injected code cannot read it cannot send away.</summary>
    public bool HttpOnly { get; init; } = true;

    /// <summary>With which requests of other sites it is sent, <see cref="SameSite.Lax"/> by default: a form that another site posts here comes without it.</summary>
    public SameSite SameSite { get; init; } = SameSite.Lax;

    /// <summary>Kept apart for each site that embeds this one (CHIPS). It needs <see cref="Secure"/>.</summary>
    public bool Partitioned { get; init; }
}
