using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>The fields that a handler sets. None can start a field of its own, end the head, or frame the message.</summary>
public sealed class ResponseHeadersTests
{
    private readonly ResponseHeaders _headers = new("read-only", areTrailers: false);

    [SetUp]
    public void Clear() => _headers.Clear();

    [TestCase("a\r\nSet-Cookie: b")]
    [TestCase("a\rb")]
    [TestCase("a\nb")]
    [TestCase("a\0b")]
    [TestCase("\u0001")]
    [TestCase("a\u007f")]
    [TestCase("\r\n\r\nHTTP/1.1 200 OK")]
    public void A_value_with_a_control_character_is_refused(string value)
    {
        Assert.That(() => _headers["X"] = value, Throws.ArgumentException);
        Assert.That(() => _headers.Add("X", value), Throws.ArgumentException);
        Assert.That(_headers.Count, Is.Zero);
    }

    [TestCase("")]
    [TestCase("X Y")]
    [TestCase("X:")]
    [TestCase("X\r\nY")]
    [TestCase("Ä")]
    [TestCase(" X")]
    [TestCase("X\0")]
    [TestCase("\uFF38")]
    public void A_name_that_is_no_token_is_refused(string name)
    {
        Assert.That(() => _headers[name] = "a", Throws.ArgumentException);
        Assert.That(() => _headers.Add(name, "a"), Throws.ArgumentException);
    }

    [TestCase("Connection")]
    [TestCase("connection")]
    [TestCase("Transfer-Encoding")]
    [TestCase("TRANSFER-ENCODING")]
    [TestCase("Keep-Alive")]
    [TestCase("Upgrade")]
    public void A_name_that_belongs_to_the_server_is_refused(string name)
    {
        Assert.That(() => _headers[name] = "a", Throws.ArgumentException);
        Assert.That(() => _headers.Add(name, "a"), Throws.ArgumentException);
    }

    [Test]
    public void Setting_replaces_and_adding_adds()
    {
        _headers["X-A"] = "1";
        _headers["x-a"] = "2";
        _headers.Add("X-A", "3");

        Assert.That(_headers["X-a"], Is.EqualTo("2"));
        Assert.That(_headers.Select(field => field.Value), Is.EqualTo(new[] { "2", "3" }));
        Assert.That(_headers.Remove("X-A"));
        Assert.That(_headers.Remove("X-A"), Is.False);
        Assert.That(_headers["X-A"], Is.Null);
    }

    [Test]
    public void Setting_null_removes()
    {
        _headers["X-A"] = "1";

        _headers["X-A"] = null!;

        Assert.That(_headers.Count, Is.Zero);
    }

    [Test]
    public void A_value_that_is_refused_leaves_the_one_before()
    {
        _headers["X-A"] = "1";

        Assert.That(() => _headers["X-A"] = "a\nb", Throws.ArgumentException);

        Assert.That(_headers["X-A"], Is.EqualTo("1"));
    }

    [Test]
    public async Task Values_go_out_as_they_are_without_the_spaces_around_them()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", (request, response) =>
        {
            response.Headers["X-A"] = "  a b\tc  ";
            response.Headers["X-B"] = "";
            return default;
        });

        var reply = await server.GetAsync("/");

        Assert.That(reply["X-A"], Is.EqualTo("a b\tc"));
        Assert.That(reply.Head, Does.Contain("\r\nX-B: \r\n"));
    }

    [Test]
    public async Task A_refused_value_fails_its_handler_and_not_the_message()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", request => Response.Text("x").With("X-Echo", request.Query["q"]!));

        var reply = await server.GetAsync("/?q=a%0d%0aSet-Cookie:%20b");

        Assert.That(reply.Status, Is.EqualTo(500));
        Assert.That(reply["Set-Cookie"], Is.Null);
    }
}
