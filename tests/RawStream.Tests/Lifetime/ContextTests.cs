using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>A handler's AsyncLocals are its own.</summary>
[TestFixture]
public sealed class ContextTests
{
    [Test]
    public async Task What_a_middleware_leaves_in_an_AsyncLocal_is_not_seen_by_the_next_request([Values] Way way, [Values] bool pipelined)
    {
        var user = new AsyncLocal<string?>();
        var seen = new List<string>();
        await using var site = new Site();
        site.Server.Use(next => (request, response) =>
        {
            seen.Add($"{request.Path} {user.Value}");
            if (request.Path == "/1") user.Value = "user of request 1";
            return next(request, response);
        });
        site.Server.Map("/{*path}", request => $"{request.Path} is for {user.Value ?? "nobody"}");
        await using var peer = await site.ConnectAsync(way);

        if (pipelined)
        {
            await peer.SendAsync("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        else
        {
            await peer.GetAsync("/1");
            await peer.ReadUntilAsync("/1 is for user of request 1");
            await peer.GetAsync("/2");
        }
        await peer.ReadUntilAsync("/2 is for nobody");

        Assert.That(seen, Is.EqualTo(new[] { "/1 ", "/2 " }));
    }
}
