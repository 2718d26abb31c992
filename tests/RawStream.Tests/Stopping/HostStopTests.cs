using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;
using RawStream.Load.Client;
using RawStream.Tests.Support;

namespace RawStream.Tests.Stopping;

/// <summary>The built host is told to stop while it is busy.</summary>
[Platform("Linux,MacOsX")] // Signals.
[Parallelizable] // It waits more than it works.
public sealed class HostStopTests
{
    /// <summary>RAWSTREAM_STOP_STREAMS says another number, up to what the limit of descriptors allows.</summary>
    private static readonly int Count = Environment.GetEnvironmentVariable("RAWSTREAM_STOP_STREAMS") is { Length: > 0 } count ? int.Parse(count, CultureInfo.InvariantCulture) : 2000;

    /// <summary>It would wait a minute for streams that do not end by their policy.</summary>
    [TestCase("/tick?ms=100")]
    [TestCase("/sse")]
    [Platform("Linux")] // Its client is epoll.
    public async Task SIGTERM_ends_all_streams_properly(string target)
    {
        using var host = HostProcess.Start("--port", "0", "--drain", "60", "--log-level", "information");
        using var streams = new StreamSet(await host.WaitUntilListeningAsync(), target, hasEvents: target == "/sse");
        streams.Connect(Count);

        var start = Stopwatch.GetTimestamp();
        host.Terminate();
        var whole = streams.ReadToEnd();
        var read = Stopwatch.GetElapsedTime(start);
        var code = await host.WaitForExitAsync();
        var ended = Stopwatch.GetElapsedTime(start);

        await TestContext.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{target}, {Count}, {TestTransport.Value}: all clients have the end after {read.TotalMilliseconds:F0} ms, the process has exited after {ended.TotalMilliseconds:F0} ms"));
        Assert.That(whole, Is.EqualTo(Count));
        Assert.That(code, Is.Zero);
        Assert.That(host.Errors, Has.Some.Contains($": 0 responses have finished, {Count} were ended by their policy, 0 were aborted"));
    }

    [Test]
    public async Task A_second_signal_forces([Values] bool interrupts)
    {
        IgnoreWhereInterruptsAre(interrupts);
        using var host = HostProcess.Start("--port", "0", "--drain", "3600", "--log-level", "information");
        await using var client = await TestClient.LoopbackAsync(await host.WaitUntilListeningAsync());
        await client.SendAsync("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhello");
        await client.ReadUntilAsync("hello");

        host.Stop(interrupts);
        await Patience.UntilAsync(async () => !await AcceptsAsync(client), "it accepts no more");
        var waits = !host.HasExited;
        host.Stop(interrupts);

        Assert.That(await host.WaitForExitAsync(), Is.Zero);
        Assert.That(waits);
        Assert.That(host.Errors, Has.Some.Contains("1 had to be cut"));
        await Assert.ThatAsync(client.ReadToEndAsync, Throws.InstanceOf<IOException>());
    }

    /// <summary>Its connections wait in TIME-WAIT: that is no hindrance.</summary>
    [Test]
    public async Task The_port_is_free_for_another_process_as_soon_as_it_has_stopped([Values] bool interrupts)
    {
        IgnoreWhereInterruptsAre(interrupts);
        using var first = HostProcess.Start("--port", "0");
        var port = await first.WaitUntilListeningAsync();
        await using var client = await TestClient.LoopbackAsync(port);
        await client.AskAsync("/tick?ms=10");
        await client.ReadUntilAsync("It is");

        first.Stop(interrupts);
        Assert.That(await client.ReadToEndAsync(), Does.EndWith("\r\n0\r\n\r\n"));
        await client.DisposeAsync();
        Assert.That(await first.WaitForExitAsync(), Is.Zero);

        using var second = HostProcess.Start("--port", port.ToString(CultureInfo.InvariantCulture));
        Assert.That(await second.WaitUntilListeningAsync(), Is.EqualTo(port));
    }

    private static void IgnoreWhereInterruptsAre(bool interrupts)
    {
        if (interrupts && HostProcess.IgnoresInterrupts) Assert.Ignore("SIGINT is ignored here, as it is in whatever a script starts in the background.");
    }

    private static async Task<bool> AcceptsAsync(TestClient client)
    {
        try
        {
            await using var another = await TestClient.ConnectAsync(client.RemoteEndPoint!);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
