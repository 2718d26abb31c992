using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Cookies;

/// <summary>What is sent as Set-Cookie, and what a browser would drop and is refused instead (RFC 6265bis §4.1, §5.6).</summary>
public sealed class SetCookieTests
{
    private static readonly IEnumerable<TestCaseData> Fields =
    [
        new("sid", "31d4", null, "sid=31d4; Path=/; HttpOnly; SameSite=Lax"),
        new("sid", "", null, "sid=; Path=/; HttpOnly; SameSite=Lax"),
        new("sid", "!#$%&'()*+-./:<=>?@[]^_`{|}~", null, "sid=!#$%&'()*+-./:<=>?@[]^_`{|}~; Path=/; HttpOnly; SameSite=Lax"),
        new("sid", "1", new CookieOptions { Path = null, HttpOnly = false }, "sid=1; SameSite=Lax"),
        new("sid", "1", new CookieOptions { Path = "/app", Domain = "app.example" }, "sid=1; Domain=app.example; Path=/app; HttpOnly; SameSite=Lax"),
        new("sid", "1", new CookieOptions { MaxAge = TimeSpan.FromHours(1) }, "sid=1; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax"),
        new("sid", "1", new CookieOptions { MaxAge = TimeSpan.FromSeconds(1.9) }, "sid=1; Max-Age=1; Path=/; HttpOnly; SameSite=Lax"),
        new("sid", "1", new CookieOptions { MaxAge = TimeSpan.FromSeconds(-5) }, "sid=1; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"),
        new("sid", "1", new CookieOptions { MaxAge = TimeSpan.MaxValue }, "sid=1; Max-Age=922337203685; Path=/; HttpOnly; SameSite=Lax"),
        new("sid", "1", new CookieOptions { Expires = new DateTimeOffset(2026, 11, 21, 14, 0, 0, TimeSpan.FromHours(2)) },
            "sid=1; Expires=Sat, 21 Nov 2026 12:00:00 GMT; Path=/; HttpOnly; SameSite=Lax"),
        new("sid", "1", new CookieOptions { Expires = DateTimeOffset.UnixEpoch, MaxAge = TimeSpan.FromSeconds(5) }, "sid=1; Max-Age=5; Path=/; HttpOnly; SameSite=Lax"),
        new("sid", "1", new CookieOptions { SameSite = SameSite.Strict }, "sid=1; Path=/; HttpOnly; SameSite=Strict"),
        new("sid", "1", new CookieOptions { SameSite = SameSite.None, Secure = true }, "sid=1; Path=/; Secure; HttpOnly; SameSite=None"),
        new("sid", "1", new CookieOptions { Partitioned = true, Secure = true }, "sid=1; Path=/; Secure; HttpOnly; SameSite=Lax; Partitioned"),
        new("__Host-sid", "1", new CookieOptions { Secure = true }, "__Host-sid=1; Path=/; Secure; HttpOnly; SameSite=Lax"),
        new("__Secure-sid", "1", new CookieOptions { Secure = true, Domain = "app.example", Path = "/a" },
            "__Secure-sid=1; Domain=app.example; Path=/a; Secure; HttpOnly; SameSite=Lax"),
    ];

    [TestCaseSource(nameof(Fields))]
    public async Task A_cookie_is_set(string name, string value, CookieOptions? options, string expected)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /written", (request, response) =>
        {
            response.SetCookie(name, value, options);
            return default;
        });
        server.Http.Map("GET /value", _ => Response.Text("x").WithCookie(name, value, options));

        Assert.That((await server.GetAsync("/written"))["Set-Cookie"], Is.EqualTo(expected));
        Assert.That((await server.GetAsync("/value"))["Set-Cookie"], Is.EqualTo(expected));
    }

    private static readonly CookieOptions Secure = new() { Secure = true };

    private static readonly IEnumerable<TestCaseData> Refused =
    [
        new("", "1", null),
        new("a b", "1", null),
        new("a=b", "1", null),
        new("a;b", "1", null),
        new("s\u00EFd", "1", null),
        new("sid", "a b", null),
        new("sid", "a;b", null),
        new("sid", "a,b", null),
        new("sid", "a\"b", null),
        new("sid", "\"a\"", null),
        new("sid", "a\\b", null),
        new("sid", "a\tb", null),
        new("sid", "a\r\nX: y", null),
        new("sid", "\u00E9", null),
        new("sid", "\u007F", null),
        new("sid", new string('a', 4094), null),
        new("sid", "1", new CookieOptions { SameSite = SameSite.None }),
        new("sid", "1", new CookieOptions { Partitioned = true }),
        new("sid", "1", new CookieOptions { Path = "" }),
        new("sid", "1", new CookieOptions { Path = "app" }),
        new("sid", "1", new CookieOptions { Path = "/a; Domain=evil.example" }),
        new("sid", "1", new CookieOptions { Path = "/a\r\n" }),
        new("sid", "1", new CookieOptions { Path = "/\u00E9" }),
        new("sid", "1", new CookieOptions { Domain = "" }),
        new("sid", "1", new CookieOptions { Domain = "a.example; Secure" }),
        new("sid", "1", new CookieOptions { Domain = "127.0.0.1" }),
        new("sid", "1", new CookieOptions { Domain = "https://a.example" }),
        new("__Host-sid", "1", null),
        new("__host-sid", "1", null),
        new("__Host-sid", "1", new CookieOptions { Secure = true, Path = "/a" }),
        new("__Host-sid", "1", new CookieOptions { Secure = true, Path = null }),
        new("__Host-sid", "1", new CookieOptions { Secure = true, Domain = "app.example" }),
        new("__Secure-sid", "1", null),
        new("__SECURE-sid", "1", null),
    ];

    [TestCaseSource(nameof(Refused))]
    public void What_a_browser_would_drop_is_refused(string name, string value, CookieOptions? options)
    {
        Assert.That(() => Response.Empty().WithCookie(name, value, options), Throws.ArgumentException);
        Assert.That(() => Response.Empty().WithCookie("sid", new string('a', 4093), Secure), Throws.Nothing, "the longest one");
    }

    [Test]
    public async Task One_is_deleted_as_it_was_set()
    {
        var options = new CookieOptions { Path = "/app", Domain = "app.example", Secure = true, MaxAge = TimeSpan.FromDays(1), Expires = DateTimeOffset.MaxValue };
        const string expected = "__Secure-sid=; Max-Age=0; Domain=app.example; Path=/app; Secure; HttpOnly; SameSite=Lax";
        await using var server = new TestServer();
        server.Http.Map("GET /written", (request, response) =>
        {
            response.DeleteCookie("__Secure-sid", options);
            return default;
        });
        server.Http.Map("GET /value", _ => Response.Empty().WithoutCookie("__Secure-sid", options));
        server.Http.Map("GET /plain", _ => Response.Empty().WithoutCookie("sid"));

        Assert.That((await server.GetAsync("/written"))["Set-Cookie"], Is.EqualTo(expected));
        Assert.That((await server.GetAsync("/value"))["Set-Cookie"], Is.EqualTo(expected));
        Assert.That((await server.GetAsync("/plain"))["Set-Cookie"], Is.EqualTo("sid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"));
    }

    [Test]
    public async Task Those_of_a_middleware_and_of_a_handler_are_all_sent()
    {
        await using var server = new TestServer();
        server.Http.Use(next => (request, response) =>
        {
            response.SetCookie("a", "1");
            response.Headers["X"] = "middleware";
            return next(request, response);
        });
        server.Http.Map("GET /", _ => Response.Text("x").WithCookie("b", "2").WithCookie("c", "3").With("X", "handler"));

        var reply = await server.GetAsync("/");

        Assert.That(reply.Fields.Where(field => field.Name == "Set-Cookie").Select(field => field.Value.Split(';')[0]), Is.EqualTo(new[] { "a=1", "b=2", "c=3" }));
        Assert.That(reply["X"], Is.EqualTo("handler"), "of other fields it replaces the middleware's");
    }

    [Test]
    public async Task HttpClient_sends_back_what_was_set()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /login", _ => Response.Text("in").WithCookie("sid", "31d4", new CookieOptions { MaxAge = TimeSpan.FromHours(1) }).WithCookie("lang", "en"));
        server.Http.Map("GET /logout", _ => Response.Text("out").WithoutCookie("sid"));
        server.Http.Map("GET /", request => string.Join('|', request.Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}").Order()));
        using var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = (_, _) => new(server.Http.Connect()) }) { BaseAddress = new Uri("http://app.example") };

        await client.GetStringAsync("/login");
        Assert.That(await client.GetStringAsync("/"), Is.EqualTo("lang=en|sid=31d4"));
        await client.GetStringAsync("/logout");
        Assert.That(await client.GetStringAsync("/"), Is.EqualTo("lang=en"));
    }
}
