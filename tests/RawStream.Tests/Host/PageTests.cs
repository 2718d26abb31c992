using NUnit.Framework;
using RawStream.Host;
using RawStream.Tests.Support;

namespace RawStream.Tests.Host;

/// <summary>The pages as they are served. What they do is tested in a browser (Browser/).</summary>
public sealed class PageTests
{
    [TestCase("/")]
    [TestCase("/clock.html")]
    [TestCase("/random.html")]
    [TestCase("/tokens.html")]
    [TestCase("/chat.html")]
    [TestCase("/websocket.html")]
    public async Task A_page_brings_everything_along(string path)
    {
        await using var server = new TestServer();
        Demos.Map(server.Http, TimeProvider.System);

        var reply = await server.GetAsync(path);

        Assert.That(reply.Status, Is.EqualTo(200));
        Assert.That(reply["Content-Type"], Is.EqualTo("text/html; charset=utf-8"));
        Assert.That(reply["Content-Security-Policy"], Does.StartWith("default-src 'none';"));
        Assert.That(reply.Text, Does.Not.Match("(src|href)=\"(https?:)?//"));
        Assert.That(reply.Text, Does.Contain("href=\"/style.css\""));
        Assert.That(reply.Text, Does.Contain($"href=\"{path}\" aria-current=\"page\""));
    }

    [Test]
    public async Task The_style_is_a_style()
    {
        await using var server = new TestServer();
        Demos.Map(server.Http, TimeProvider.System);

        Assert.That((await server.GetAsync("/style.css"))["Content-Type"], Is.EqualTo("text/css; charset=utf-8"));
    }
}
