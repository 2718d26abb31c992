using NUnit.Framework;
using RawStream.Transport;

namespace RawStream.Tests.Transport;

/// <summary>For how long a peer that takes nothing more is waited for: 5 s, and who has read may be up to 64 KiB ahead of 240 bytes a second.</summary>
public sealed class StallClockTests
{
    private const long Look = 250;
    private const long Timeout = 5000;
    private const int Rate = 240;

    // What counts as read, and what that is good for: 64 KiB at 240 bytes a second.
    private const int Unread = 160 * 1024;
    private const int SecondsAhead = 273;

    [TestCase(0, 5)]
    [TestCase(100_000, 5)]
    [TestCase(Unread, 5)]
    [TestCase(Unread + 24_000, 100)]
    [TestCase(Unread + 64 * 1024, SecondsAhead)]
    [TestCase(10_000_000, SecondsAhead)]
    public void Who_takes_nothing_more_after_so_many_bytes(int taken, int seconds) =>
        Assert.That(SecondsUntilStalled(_ => taken, Rate), Is.EqualTo(seconds).Within(5));

    [Test]
    public void Who_takes_a_packet_of_64_KiB_a_minute_goes_on() =>
        Assert.That(SecondsUntilStalled(now => 2 * Unread + 64 * 1024 * (now / 60_000), Rate, seconds: 3600), Is.EqualTo(3600));

    [Test]
    public void Who_takes_half_of_the_rate_comes_to_the_end_of_what_it_was_ahead() =>
        Assert.That(SecondsUntilStalled(now => Unread + 64 * 1024 + Rate * now / 2000, Rate), Is.EqualTo(2 * SecondsAhead).Within(10));

    [Test]
    public void Without_a_rate_nobody_is_ahead() =>
        Assert.That(SecondsUntilStalled(_ => 10_000_000, bytesPerSecond: 0), Is.EqualTo(5));

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
