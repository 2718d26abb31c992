using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>How slow a body may be: the default is 240 bytes a second, over 5 s of grace.</summary>
[TestFixture]
public sealed class BodyRateTests
{
    [Test]
    public async Task A_burst_does_not_buy_a_slow_time_later()
    {
        await using var site = new Site(async (request, response) => await request.ReadBytesAsync());
        await using var peer = site.Connect();

        await peer.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
        await peer.SendAsync(new byte[99_999]);
        site.Clock.Advance(TimeSpan.FromSeconds(10.5));

        Assert.That(await peer.ReadToEndAsync(), Does.StartWith("HTTP/1.1 408 "));
    }

    [Test]
    public async Task A_body_that_comes_steadily_may_take_as_long_as_it_likes()
    {
        await using var site = new Site(async (request, response) =>
        {
            var body = await request.ReadBytesAsync();
            await response.WriteAsync($"{body.Length} bytes");
        });
        await using var peer = site.Connect();

        await peer.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 12000\r\n\r\n");
        for (var second = 0; second < 30; second++)
        {
            await peer.SendAsync(new byte[400]);
            site.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That(await peer.ReadUntilAsync("bytes"), Does.StartWith("HTTP/1.1 200 ").And.Contain("12000 bytes"));
    }
}
