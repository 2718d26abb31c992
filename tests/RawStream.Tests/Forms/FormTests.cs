using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Forms;

/// <summary>application/x-www-form-urlencoded (WHATWG URL §5.1).</summary>
public sealed class FormTests
{
    private const string FormType = "Content-Type: application/x-www-form-urlencoded\r\n";

    [TestCase("a=1&b=2", "a=1|b=2")]
    [TestCase("", "")]
    [TestCase("&&a=1&&", "a=1")]
    [TestCase("a", "a=")]
    [TestCase("a=", "a=")]
    [TestCase("=1", "=1")]
    [TestCase("a=b=c", "a=b=c")]
    [TestCase("a+b=c+d", "a b=c d")]
    [TestCase("a%20b=%26%3D%2B", "a b=&=+")]
    [TestCase("name=%C3%A9", "name=\u00E9")]
    [TestCase("name=\u00C3\u00A9", "name=\u00E9", Description = "Not encoded.")]
    [TestCase("name=%E9", "name=\uFFFD", Description = "Not UTF-8.")]
    [TestCase("a=100%&b=%zz&c=%4", "a=100%|b=%zz|c=%4", Description = "Nothing is encoded there.")]
    [TestCase("a=1&a=2&A=3", "a=1|a=2|A=3")]
    [TestCase("text=line%0D%0Aline", "text=line\r\nline")]
    [TestCase("a=1;b=2", "a=1;b=2", Description = "A semicolon separates nothing.")]
    public async Task It_is_read_as_browsers_write_it(string body, string expected)
    {
        await using var server = NewServer();

        var reply = await server.PostAsync("/", body, FormType);

        Assert.That(reply.Status, Is.EqualTo(200));
        Assert.That(System.Text.Encoding.UTF8.GetString(System.Text.Encoding.Latin1.GetBytes(reply.Text)), Is.EqualTo(expected));
    }

    [TestCase("application/x-www-form-urlencoded", 200)]
    [TestCase("Application/X-WWW-Form-URLEncoded ; charset=utf-8", 200)]
    [TestCase("application/x-www-form-urlencodedx", 415)]
    [TestCase("multipart/form-data; boundary=x", 415)]
    [TestCase("application/json", 415)]
    [TestCase("", 415)]
    [TestCase(null, 415)]
    public async Task It_says_what_it_is(string? type, int status)
    {
        await using var server = NewServer();

        Assert.That((await server.PostAsync("/", "a=1", type is null ? "" : $"Content-Type: {type}\r\n")).Status, Is.EqualTo(status));
    }

    [TestCase("a=1&b&c=3", 200)]
    [TestCase("a=1&b&c=3&", 200)]
    [TestCase("a=1&b&c=3&d", 413)]
    public async Task It_has_no_more_fields_than_it_may(string body, int status)
    {
        await using var server = NewServer(maxFields: 3);

        Assert.That((await server.PostAsync("/", body, FormType)).Status, Is.EqualTo(status));
    }

    [TestCase(1024, 200)]
    [TestCase(1025, 413)]
    public async Task There_is_a_limit_by_default(int fields, int status)
    {
        await using var server = NewServer();

        Assert.That((await server.PostAsync("/", string.Join('&', Enumerable.Repeat("a", fields)), FormType)).Status, Is.EqualTo(status));
    }

    [TestCase(10, 200)]
    [TestCase(11, 413)]
    public async Task It_is_no_larger_than_a_body_may_be(int bytes, int status)
    {
        await using var server = new TestServer(new HttpLimits { BodyBytes = 10 });
        server.Http.Map("POST /", async request => (await request.ReadFormAsync())["a"]!);

        Assert.That((await server.PostAsync("/", "a=".PadRight(bytes, 'x'), FormType)).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task One_that_is_cut_off_is_refused()
    {
        await using var server = NewServer();
        var client = await server.ConnectTcpAsync();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: test\r\n{FormType}Content-Length: 10\r\n\r\na=1&b");
        client.Finish();

        Assert.That((await client.ReadReplyAsync()).Status, Is.EqualTo(400));
    }

    [Test]
    public async Task Values_are_found_by_their_name_and_stay()
    {
        Form? form = null;
        await using var server = new TestServer();
        server.Http.Map("POST /", async request =>
        {
            form = await request.ReadFormAsync();
            return "";
        });

        await server.PostAsync("/", "a=1&b=2&a=3&c", FormType);

        Assert.That(form!.Count, Is.EqualTo(4));
        Assert.That((form["a"], form["c"], form["d"]), Is.EqualTo(("1", "", (string?)null)));
        Assert.That(form.GetValues("a"), Is.EqualTo(new[] { "1", "3" }));
        Assert.That(form.GetValues("d"), Is.Empty);
    }

    [Test]
    public async Task HttpClient_and_it_understand_each_other()
    {
        await using var server = NewServer();
        using var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = (_, _) => new(server.Http.Connect()) });
        using var content = new FormUrlEncodedContent(new Dictionary<string, string> { ["name"] = "J\u00FCrgen & S\u00F6hne", ["a b"] = "1+1=2" });

        using var reply = await client.PostAsync("http://in.memory/", content);

        Assert.That(await reply.Content.ReadAsStringAsync(), Is.EqualTo("name=J\u00FCrgen & S\u00F6hne|a b=1+1=2"));
    }

    private static TestServer NewServer(int maxFields = 1024)
    {
        var server = new TestServer();
        server.Http.Map("POST /", async request => string.Join('|', (await request.ReadFormAsync(maxFields)).Select(field => $"{field.Key}={field.Value}")));
        return server;
    }
}
