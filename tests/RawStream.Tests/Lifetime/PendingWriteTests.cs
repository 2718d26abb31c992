using System.Buffers;
using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>What was written and not sent: it leaves whole, or not at all.</summary>
[TestFixture]
public sealed class PendingWriteTests
{
    private const int Large = 300_000;

    [TestCase("WriteAsync, bytes")]
    [TestCase("WriteAsync, text")]
    [TestCase("FlushAsync")]
    [TestCase("Body.GetSpan")]
    [TestCase("Body.FlushAsync")]
    public async Task A_second_write_while_one_is_pending_throws_and_leaves_no_byte(string second)
    {
        var thrown = Site.Signal<Exception?>();
        await using var site = new Site(async (request, response) =>
        {
            var first = response.WriteAsync(Enumerable.Repeat((byte)'A', Large).ToArray());
            try
            {
                await WriteAsync(response, second);
                thrown.SetResult(null);
            }
            catch (InvalidOperationException e)
            {
                thrown.SetResult(e);
            }
            await first;
        });
        await using var peer = site.Connect();

        await peer.GetAsync("/");
        var received = await peer.ReadUntilAsync("\r\n0\r\n\r\n");

        Assert.That(await thrown.Task.WaitAsync(Site.Patience), Is.InstanceOf<InvalidOperationException>());
        var whole = $"493e0\r\n{new string('A', Large)}\r\n0\r\n\r\n";
        Assert.That(Body(received) == whole, "Other bytes are between those of the first write.");
    }

    [Test]
    public async Task What_a_failed_handler_has_not_flushed_does_not_leave([Values] Way way, [Values("", "first")] string flushed)
    {
        await using var site = new Site(async (request, response) =>
        {
            if (flushed.Length > 0) await response.WriteAsync(flushed);
            else await response.FlushAsync();
            response.Body.Write("partial"u8);
            throw new InvalidDataException("This handler fails on purpose.");
        });
        await using var peer = await site.ConnectAsync(way);

        await peer.GetAsync("/");
        var received = await peer.ReadToEndAsync();

        Assert.That(Body(received), Is.EqualTo(flushed.Length == 0 ? "" : "5\r\nfirst\r\n"));
    }

    private static async Task WriteAsync(ResponseWriter response, string how)
    {
        switch (how)
        {
            case "WriteAsync, bytes":
                await response.WriteAsync("second"u8.ToArray());
                break;
            case "WriteAsync, text":
                await response.WriteAsync("second");
                break;
            case "FlushAsync":
                await response.FlushAsync();
                break;
            case "Body.GetSpan":
                response.Body.Write("second"u8);
                break;
            default:
                await response.Body.FlushAsync();
                break;
        }
    }

    private static string Body(string received) => received[(received.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
}
