using RawStream.Cookies;

namespace RawStream;

/// <summary>Cookies for a browser to keep, or to forget (RFC 6265bis §4.1).</summary>
public static class ResponseCookies
{
    /// <summary>Sets a cookie.</summary>
    /// <param name="response">Until its head is sent.</param>
    /// <param name="name">
    /// A token. With <c>__Host-</c> in front, no other host and no plain HTTP can have set it: it has to be Secure, with the path "/" and no domain.
    /// With <c>__Secure-</c> it has to be Secure.
    /// </param>
    /// <param name="value">
    /// Printable ASCII without blanks, quotes, commas, semicolons and backslashes; encode other text, by <see cref="Uri.EscapeDataString(string)"/> or as base64url.
    /// </param>
    /// <param name="options">By default: for this host and all its paths, HttpOnly, SameSite=Lax, until the browser closes.</param>
    /// <exception cref="ArgumentException">
    /// A browser would not take it: an octet that cannot stand there, a prefix or attribute without what it needs, or more than 4096 bytes.
    /// </exception>
    /// <exception cref="InvalidOperationException">The head was sent already.</exception>
    public static void SetCookie(this ResponseWriter response, string name, string value, CookieOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(response);
        response.Headers.Add(SetCookieField.Name, Field(name, value, options));
    }

    /// <summary>Has the browser forget a cookie.</summary>
    /// <param name="response">Until its head is sent.</param>
    /// <param name="name">Its name.</param>
    /// <param name="options">Those that it was set with: another path or domain is another cookie.</param>
    /// <inheritdoc cref="SetCookie" path="/exception"/>
    public static void DeleteCookie(this ResponseWriter response, string name, CookieOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(response);
        response.Headers.Add(SetCookieField.Name, DeletingField(name, options));
    }

    /// <summary>Sets a cookie, as <see cref="SetCookie"/> does, beside those that a middleware sets.</summary>
    /// <param name="response">To be called before it is first sent. One that is kept for many requests must not carry a cookie that is for one of them.</param>
    /// <param name="name">As for <see cref="SetCookie"/>.</param>
    /// <param name="value">As for <see cref="SetCookie"/>.</param>
    /// <param name="options">As for <see cref="SetCookie"/>.</param>
    /// <inheritdoc cref="SetCookie" path="/exception"/>
    public static Response WithCookie(this Response response, string name, string value, CookieOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(response);
        return response.With(SetCookieField.Name, Field(name, value, options));
    }

    /// <summary>Has the browser forget a cookie, as <see cref="DeleteCookie"/> does.</summary>
    /// <param name="response">To be called before it is first sent.</param>
    /// <param name="name">Its name.</param>
    /// <param name="options">Those that it was set with: another path or domain is another cookie.</param>
    /// <inheritdoc cref="SetCookie" path="/exception"/>
    public static Response WithoutCookie(this Response response, string name, CookieOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(response);
        return response.With(SetCookieField.Name, DeletingField(name, options));
    }

    private static string Field(string name, string value, CookieOptions? options)
    {
        options ??= CookieOptions.Default;
        return SetCookieField.Format(name, value, options, options.MaxAge);
    }

    private static string DeletingField(string name, CookieOptions? options) => SetCookieField.Format(name, "", options ?? CookieOptions.Default, maxAge: TimeSpan.Zero);
}
