using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>A client that leaves is seen, whatever its handler does.</summary>
[TestFixture]
public sealed class HangUpTests
{
    private const int LongBody = 100_000; // More than is read ahead, less than that and the window together.

    [Test]
    public async Task A_FIN_behind_a_long_body_is_seen_once_the_body_is_read()
    {
        var release = Site.Signal();
        var done = Site.Signal<long>();
        await using var site = new Site(async (request, response) =>
        {
            var aborted = request.Aborted;
            await release.Task;
            long length = 0;
            while (true)
            {
                var read = await request.Body.ReadAsync();
                length += read.Buffer.Length;
                request.Body.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
            using var registration = aborted.Register(() => done.TrySetResult(length));
            await done.Task;
        });
        await using var peer = site.Connect();

        await peer.SendAsync($"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {LongBody}\r\n\r\n");
        await peer.SendAsync(new byte[LongBody]);
        peer.CompleteWrites();
        release.SetResult();
        try
        {
            Assert.That(await done.Task.WaitAsync(Site.Patience), Is.EqualTo(LongBody));
        }
        finally
        {
            done.TrySetResult(-1);
        }
    }

    /// <summary>Which it must not do with the epoll transport.</summary>
    [Test]
    public async Task A_handler_that_blocks_its_thread_sees_the_client_leave([Values] Way way, [Values] bool reset)
    {
        var blocks = Site.Signal();
        var seen = Site.Signal<bool>();
        await using var site = new Site((request, response) =>
        {
            var left = request.Aborted.WaitHandle;
            blocks.SetResult();
            seen.SetResult(left.WaitOne(Site.Patience));
            return default;
        }, transport: HttpTransport.Sockets);
        await using var peer = await site.ConnectAsync(way);

        var sending = Task.Run(() => peer.GetAsync("/")); // In memory the handler blocks the client's write.
        await blocks.Task.WaitAsync(Site.Patience);
        if (reset) peer.Abort();
        else peer.CompleteWrites();

        Assert.That(await seen.Task.WaitAsync(2 * Site.Patience), "Aborted has not fired.");
        await sending.WaitAsync(Site.Patience);
    }
}
