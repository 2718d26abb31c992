using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>What a deadline wakes may block: the deadlines of all others do not wait for it.</summary>
[TestFixture]
public sealed class DeadlineThreadTests
{
    [Test]
    public async Task A_handler_that_blocks_when_its_body_is_too_slow_does_not_stop_other_deadlines()
    {
        using var release = new ManualResetEventSlim();
        var blocks = Site.Signal();
        await using var site = new Site(
            async (request, response) =>
            {
                try
                {
                    await request.ReadBytesAsync();
                }
                catch (BadRequestException)
                {
                    blocks.SetResult();
                    release.Wait(2 * Site.Patience);
                }
            },
            new HttpTimeouts { BodyGrace = TimeSpan.FromSeconds(1), Head = TimeSpan.FromSeconds(2) });
        await using var blocked = site.Connect();
        await using var slow = site.Connect();
        try
        {
            await blocked.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
            await Task.Run(() => site.Clock.Advance(TimeSpan.FromSeconds(1.5))).WaitAsync(Site.Patience);
            await blocks.Task.WaitAsync(Site.Patience);

            await slow.SendAsync("GET");
            await Task.Run(() => site.Clock.Advance(TimeSpan.FromSeconds(2.5))).WaitAsync(Site.Patience);
            Assert.That(await slow.ReadToEndAsync(), Does.StartWith("HTTP/1.1 408 "));
        }
        finally
        {
            release.Set();
        }
    }
}
