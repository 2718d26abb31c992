using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>A response that is whole does not wait for the one after it.</summary>
[TestFixture]
public sealed class PipelineFlushTests
{
    [Test]
    public async Task A_finished_response_is_sent_while_the_next_handler_waits([Values] Way way)
    {
        var release = Site.Signal();
        await using var site = new Site(async (request, response) =>
        {
            if (request.Path == "/slow") await release.Task;
            await Response.Text("this is " + request.Path).WriteAsync(request, response);
        });
        await using var peer = await site.ConnectAsync(way);

        await peer.SendAsync("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
        var early = await peer.ReadUntilAsync("this is /a");
        Assert.That(early, Does.EndWith("this is /a"));

        release.SetResult();
        await peer.ReadUntilAsync("this is /slow");
    }

    [Test]
    public async Task A_finished_response_is_sent_while_the_next_handler_reads_its_body([Values] Way way)
    {
        await using var site = new Site(async (request, response) =>
        {
            if (request.Method == "POST") await request.ReadBytesAsync();
            await Response.Text("this is " + request.Path).WriteAsync(request, response);
        });
        await using var peer = await site.ConnectAsync(way);

        await peer.SendAsync("GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
        var early = await peer.ReadUntilAsync("this is /a");
        Assert.That(early, Does.EndWith("this is /a"));

        await peer.SendAsync("hello");
        await peer.ReadUntilAsync("this is /b");
    }
}
