namespace RawStream;

/// <summary>With which requests that begin at another site a browser sends a cookie (RFC 6265bis §5.6.7).</summary>
public enum SameSite
{
    /// <summary>When the user goes from there to this site by a link: not with a form that is posted from there, an image, or a fetch.</summary>
    Lax,

    /// <summary>With none.</summary>
    Strict,

    /// <summary>With all. Browsers take such a cookie only with <see cref="CookieOptions.Secure"/>.</summary>
    None,
}
