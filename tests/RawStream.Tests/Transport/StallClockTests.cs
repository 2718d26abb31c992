using NUnit.Framework;
using RawStream.Transport;

namespace RawStream.Tests.Transport;

/// <summary>For how long a peer that takes nothing more is waited for: one period of 5 s, and sixty more if it has read.</summary>
public sealed class StallClockTests
{
    private const long Look = 250;
    private const long Timeout = 5000;
    private const int Rate = 240;
    private const int OfAPeriod = 1200;

    // What has to be exceeded to count as read.
    private const int Unread = 160 * 1024;

    [TestCase(0, 5)]
    [TestCase(100_000, 5)]
    [TestCase(Unread, 5)]
    [TestCase(Unread + OfAPeriod, 10)]
    [TestCase(Unread + 4 * OfAPeriod, 25)]
    [TestCase(Unread + 61 * OfAPeriod, 310)]
    [TestCase(10_000_000, 310)]
    public void Who_takes_nothing_more_after_so_many_bytes(int taken, int seconds) => Assert.That(SecondsUntilStalled(_ => taken, Rate), Is.EqualTo(seconds));

    [Test]
    public void Who_takes_a_packet_of_64_KiB_every_minute_goes_on([Values(0, Rate)] int bytesPerSecond) =>
        Assert.That(SecondsUntilStalled(now => 2 * Unread + 64 * 1024 * (now / 60_000), bytesPerSecond, seconds: 3600), Is.EqualTo(3600));

    [Test]
    public void Who_takes_half_of_the_rate_comes_to_the_end_of_what_it_was_ahead() =>
        Assert.That(SecondsUntilStalled(now => Unread + 10 * OfAPeriod + Rate * now / 2000, Rate), Is.EqualTo(105).Within(5));

    /// <summary>Bytes wait for it from the beginning.</summary>
    private static long SecondsUntilStalled(Func<long, long> acknowledged, int bytesPerSecond, int seconds = 1000)
    {
        var clock = new StallClock();
        clock.Start();
        for (long now = 0; now < seconds * 1000; now += Look)
            if (clock.Look() && clock.HasStalled(1 + now, acknowledged(now), Timeout, bytesPerSecond))
                return now / 1000;
        return seconds;
    }
}
