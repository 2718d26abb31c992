using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>Reading a body, up to its end and beyond it.</summary>
[TestFixture]
public sealed class BodyReadTests
{
    [Test]
    public async Task A_cancellation_that_met_no_reader_does_not_disturb_the_next_request([Values] Way way, [Values] bool inPieces)
    {
        await using var site = new Site(async (request, response) =>
        {
            if (request.Path == "/1") request.Body.CancelPendingRead();
            await Response.Text("this is " + request.Path).WriteAsync(request, response);
        });
        await using var peer = await site.ConnectAsync(way);

        if (inPieces)
        {
            await peer.SendAsync("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTT");
            await peer.ReadUntilAsync("this is /1");
            await peer.SendAsync("P/1.1\r\nHost: x\r\n\r\n");
        }
        else
        {
            await peer.GetAsync("/1");
            await peer.ReadUntilAsync("this is /1");
            await peer.GetAsync("/2");
        }
        await peer.ReadUntilAsync("this is /2");
    }

    [TestCase("Content-Length: 5\r\n\r\nhello")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX-A: b\r\n\r\n")]
    public async Task A_whole_body_that_was_only_examined_can_be_read_again_at_once(string body)
    {
        var again = Site.Signal<string>();
        await using var site = new Site(async (request, response) =>
        {
            if (request.Method == "POST") again.SetResult(await ReadTwiceAsync(request.Body));
            await Response.Text("this is " + request.Path).WriteAsync(request, response);
        });
        await using var peer = site.Connect();

        await peer.SendAsync("POST /1 HTTP/1.1\r\nHost: x\r\n" + body);
        Assert.That(await again.Task.WaitAsync(Site.Patience), Is.EqualTo("hello"));

        await peer.ReadUntilAsync("this is /1");
        await peer.GetAsync("/2");
        await peer.ReadUntilAsync("this is /2");
    }

    [Test]
    public async Task Trailers_are_empty_before_the_end_of_the_body()
    {
        var before = Site.Signal<(int Count, string? Value)>();
        var after = Site.Signal<(int Count, string? Value)>();
        await using var site = new Site(async (request, response) =>
        {
            var reading = request.ReadBytesAsync();
            before.SetResult((request.Trailers.Count, request.Trailers["X-A"]));
            await reading;
            after.SetResult((request.Trailers.Count, request.Trailers["X-A"]));
        });
        await using var peer = site.Connect();

        await peer.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-A: b\r\n");
        Assert.That(await before.Task.WaitAsync(Site.Patience), Is.EqualTo((0, (string?)null)));
        await peer.SendAsync("\r\n");
        Assert.That(await after.Task.WaitAsync(Site.Patience), Is.EqualTo((1, "b")));
    }

    /// <summary>What the second read of a whole body tells, whose first one was examined and not consumed.</summary>
    private static async Task<string> ReadTwiceAsync(PipeReader body)
    {
        var read = await body.ReadAsync();
        while (!read.IsCompleted)
        {
            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await body.ReadAsync();
        }
        body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        var pending = body.ReadAsync();
        if (!pending.IsCompleted) return "The read waits for more.";
        read = await pending;
        var text = Encoding.ASCII.GetString(read.Buffer.ToArray());
        body.AdvanceTo(read.Buffer.End);
        return read.IsCompleted ? text : text + ", and not the end";
    }
}
