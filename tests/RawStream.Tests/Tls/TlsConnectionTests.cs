using System.Net.Security;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Tls;
using RawStream.Transport;

namespace RawStream.Tests.Tls;

/// <summary>TLS over a connection in memory, where everything has its order.</summary>
public sealed class TlsConnectionTests
{
    [Test]
    public async Task Nobody_is_told_of_a_hang_up_while_the_reader_is_locked()
    {
        var (tls, client, _) = await OpenAsync();
        var observer = new Observer(tls);
        tls.Observe(observer);
        client.Abort();

        var read = await tls.Input.ReadAsync().Within();

        Assert.That(read.IsCompleted);
        await observer.Told.WaitAsync();
        Assert.That(observer.WasLocked, Is.False);
        Assert.That(tls.Output.IsLost);
    }

    [TestCase(10_000, 0)]
    [TestCase(100_000, 1)]
    public async Task A_stall_below_is_seen_whether_or_not_bytes_wait_above(int size, int leastAbove)
    {
        var (tls, _, _) = await OpenAsync();
        var write = tls.Output.WriteLargeAsync(new byte[size]).AsTask();
        var below = tls.Queued.Bytes - tls.Output.Queue.Bytes;

        Assert.That(tls.Output.Queue.Bytes, leastAbove == 0 ? Is.Zero : Is.Positive);
        Assert.That(below, Is.Positive);
        var now = 1L;
        Assert.That(tls.HasStalled(now, timeout: 1000, bytesPerSecond: 0), Is.False);
        await Patience.UntilAsync(() => tls.HasStalled(now += 1000, timeout: 1000, bytesPerSecond: 0), "it has stalled");
        tls.Close(reset: true);
        tls.Output.Complete();
        Assert.That(async () => await write.Within(), leastAbove == 0 ? Throws.Nothing : Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_close_ends_a_read_that_waits([Values] bool reset)
    {
        var (tls, _, _) = await OpenAsync();
        var read = tls.Input.ReadAsync().AsTask();
        Assert.That(read.IsCompleted, Is.False);

        tls.Close(reset);

        Assert.That((await read.Within()).IsCompleted);
    }

    private static async Task<(TlsConnection Tls, MemoryClient Client, SslStream ClientTls)> OpenAsync()
    {
        var limits = new TransportLimits(16 * 1024, 64 * 1024);
        var below = new MemoryConnection(limits, window: 4096);
        var tls = new TlsConnection(below, TestCertificates.Options(), limits, NullLogger.Instance);
        var client = new SslStream(below.Client);
        var opening = tls.OpenAsync(0).AsTask();
        await client.AuthenticateAsClientAsync(TestCertificates.TrustAll()).Within();
        Assert.That(await opening.Within(), Is.EqualTo(Opening.Done));
        return (tls, below.Client, client);
    }

    private sealed class Observer(TlsConnection tls) : IConnectionObserver
    {
        public Signal Told { get; } = new();

        public bool WasLocked { get; private set; }

        public void OnHangUp()
        {
            WasLocked = Monitor.IsEntered(tls.Input);
            Told.Set();
        }

        public void Cut(string reason) => Assert.Fail(reason);

        public void OnBlocking(TimeSpan time) => Assert.Fail("Nothing blocks.");
    }
}
