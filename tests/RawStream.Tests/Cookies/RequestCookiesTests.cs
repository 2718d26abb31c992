using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Cookies;

/// <summary>What browsers, scripts and other servers of a domain have put into Cookie, read as servers do.</summary>
public sealed class RequestCookiesTests
{
    [TestCase("sid=31d4", "sid=31d4")]
    [TestCase("sid=31d4; lang=en", "sid=31d4|lang=en")]
    [TestCase("sid=31d4;lang=en;", "sid=31d4|lang=en", Description = "Without the space, and with one too many.")]
    [TestCase("  sid = 31d4 ;\tlang\t=\ten  ", "sid=31d4|lang=en")]
    [TestCase("sid=\"31d4\"", "sid=31d4")]
    [TestCase("sid=\"\"", "sid=")]
    [TestCase("sid=\"", "sid=\"", Description = "One quote is not two.")]
    [TestCase("sid=\"31d4", "sid=\"31d4")]
    [TestCase("sid=a\"b\"c", "sid=a\"b\"c")]
    [TestCase("sid=", "sid=")]
    [TestCase("token=YWJj==", "token=YWJj==", Description = "Only the first = separates.")]
    [TestCase("a=1, b=2", "a=1, b=2", Description = "A comma separates nothing.")]
    [TestCase("a=x y z", "a=x y z")]
    [TestCase("a=%20+b", "a=%20+b", Description = "Nothing is decoded.")]
    [TestCase("alone; sid=31d4", "sid=31d4")]
    [TestCase("=nameless; sid=31d4", "sid=31d4")]
    [TestCase(";;; ; sid=31d4;;", "sid=31d4")]
    [TestCase("SID=upper; sid=lower", "SID=upper|sid=lower", Description = "Case counts.")]
    [TestCase("sid=first; sid=second", "sid=first|sid=second")]
    [TestCase("$Version=1; sid=31d4; $Path=/", "$Version=1|sid=31d4|$Path=/", Description = "RFC 2965 is gone.")]
    [TestCase("na[me]=v", "na[me]=v", Description = "Not a token, and PHP likes it.")]
    [TestCase("caf\u00C3\u00A9=cr\u00C3\u00A8me", "caf\u00E9=cr\u00E8me", Description = "UTF-8.")]
    [TestCase("caf\u00E9=1", "caf\u00E9=1", Description = "Not UTF-8.")]
    [TestCase("", "")]
    public async Task Whatever_comes_is_read(string line, string expected) => Assert.That(await ListAsync($"Cookie: {line}\r\n"), Is.EqualTo(expected));

    [Test]
    public async Task Several_lines_are_one()
    {
        Assert.That(await ListAsync("Cookie: a=1; b=2\r\nX: y\r\ncookie: c=3\r\n"), Is.EqualTo("a=1|b=2|c=3"));
        Assert.That(await ListAsync(""), Is.Empty);
    }

    [Test]
    public async Task One_is_found_by_its_name()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /{name}", request => request.Cookies[request.Route["name"]!] is { } value ? $"'{value}'" : "none");
        var client = server.Connect();
        const string fields = "Cookie: a=1; b=2; a=3\r\nCookie: c=\"4\"\r\n";

        Assert.That((await client.GetAsync("/a", fields)).Text, Is.EqualTo("'1'"), "that of the longest path comes first");
        Assert.That((await client.GetAsync("/b", fields)).Text, Is.EqualTo("'2'"));
        Assert.That((await client.GetAsync("/c", fields)).Text, Is.EqualTo("'4'"));
        Assert.That((await client.GetAsync("/A", fields)).Text, Is.EqualTo("none"));
        Assert.That((await client.GetAsync("/a")).Text, Is.EqualTo("none"), "they are of one request, not of the connection");
    }

    private static async Task<string> ListAsync(string fields)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", request => $"{request.Cookies.Count}:" + string.Join('|', request.Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        var text = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.Latin1.GetBytes((await server.GetAsync("/", fields)).Text));
        var parts = text.Split(':', 2);
        Assert.That(parts[0], Is.EqualTo(parts[1].Length == 0 ? "0" : $"{parts[1].Split('|').Length}"), "Count");
        return parts[1];
    }
}
