using NUnit.Framework;
using RawStream.Transport;

namespace RawStream.Tests.Transport;

/// <summary>What the kernel tells of a peer, second by second: it has vanished when it owes an answer for 8 s of 20. Looks are two seconds apart.</summary>
public sealed class VanishClockTests
{
    private static readonly TimeSpan Vanished = TimeSpan.FromSeconds(20);

    [Test]
    public void Who_owes_an_answer_from_the_first_look_on() =>
        Assert.That(SecondsUntilVanished(now => new Look(Heard: now, Owes: true)), Is.EqualTo(8));

    [Test]
    public void Who_owes_none_has_not_vanished() =>
        Assert.That(SecondsUntilVanished(now => new Look(Heard: now, Owes: false)), Is.EqualTo(60));

    [Test]
    public void Who_answers_now_and_then_has_not_vanished() =>
        Assert.That(SecondsUntilVanished(now => new Look(Heard: now % 7000, Owes: true)), Is.EqualTo(60));

    /// <summary>The kernel asks again by itself: nothing more is sent.</summary>
    [Test]
    public void Who_owed_none_at_one_look_and_vanishes_then() =>
        Assert.That(SecondsUntilVanished(now => new Look(Heard: now, Owes: now >= 9000)), Is.EqualTo(18));

    [Test]
    public void Where_nothing_is_on_its_way_nobody_looks()
    {
        var clock = new VanishClock();
        clock.Sent();
        Assert.That(clock.IsDue(2000, Vanished));
        clock.HasVanished(2000, Info(unacknowledged: 0, default), Vanished);

        Assert.That(clock.IsDue(4000, Vanished), Is.False);
    }

    private static long SecondsUntilVanished(Func<long, Look> look)
    {
        const long first = 2000;
        var clock = new VanishClock();
        clock.Sent();
        for (long now = 0; now < 60_000; now += 250)
            if (clock.IsDue(first + now, Vanished) && clock.HasVanished(first + now, Info(unacknowledged: 1, look(now)), Vanished))
                return now / 1000;
        return 60;
    }

    private static TcpInfo Info(long unacknowledged, Look look) => new(0, unacknowledged, 0, (int)look.Heard, look.Owes);

    private readonly record struct Look(long Heard, bool Owes);
}
