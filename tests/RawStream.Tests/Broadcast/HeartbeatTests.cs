using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>Comments keep an idle stream open, and are sent nowhere else.</summary>
public sealed class HeartbeatTests
{
    private ManualTime _time = null!;

    [SetUp]
    public void CreateTime() => _time = new ManualTime();

    [Test]
    public async Task An_idle_stream_gets_a_comment_for_each_silent_interval()
    {
        await using var station = new Station(time: _time);
        var listener = await station.ListenAsync();
        _time.AdvanceSeconds(1);

        for (var i = 0; i < 3; i++)
        {
            _time.AdvanceSeconds(15.5); // A comment is seen by the clock's next beat.
            Assert.That(await listener.ReadBlockAsync(), Is.EqualTo(new Heard(null, null, null, "")));
            Assert.That(listener.Client.IsSilent);
        }
    }

    [Test]
    public async Task A_stream_that_is_not_silent_gets_none()
    {
        await using var station = new Station(time: _time);
        var listener = await station.ListenAsync();
        _time.AdvanceSeconds(1);

        for (var i = 1; i <= 20; i++)
        {
            _time.AdvanceSeconds(10);
            await station.PublishAsync(1);
            Assert.That((await listener.ReadBlockAsync())!.Sequence, Is.EqualTo(i));
        }
    }

    [Test]
    public async Task An_HTTP_1_0_client_gets_it_bare()
    {
        await using var station = new Station(time: _time);
        var client = station.Server.Connect();
        station.Ask(client, out var target);
        await client.SendAsync($"GET {target} HTTP/1.0\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\n");
        _time.AdvanceSeconds(1);

        _time.AdvanceSeconds(15);

        Assert.That(await client.ReadTextAsync(3), Is.EqualTo(":\n\n"));
    }

    [Test]
    public async Task It_can_be_turned_off()
    {
        await using var station = new Station(stream: new EventStreamOptions { Heartbeat = Timeout.InfiniteTimeSpan }, time: _time);
        var listener = await station.ListenAsync();

        for (var i = 0; i < 100; i++) _time.AdvanceSeconds(15);
        await station.PublishAsync(1);

        Assert.That((await listener.ReadBlockAsync())!.Sequence, Is.EqualTo(1));
    }

    [Test]
    public async Task After_the_end_of_the_stream_there_is_none_in_the_next_responses()
    {
        await using var station = new Station(time: _time, timeouts: new HttpTimeouts { KeepAlive = TimeSpan.FromHours(1) });
        var listener = await station.ListenAsync();
        _time.AdvanceSeconds(20);
        await listener.ReadBlockAsync();

        listener.Subscription.End();
        await listener.ReadToEndAsync();
        for (var i = 0; i < 5; i++)
        {
            _time.AdvanceSeconds(20);
            Assert.That((await listener.Client.GetAsync("/plain")).Text, Is.EqualTo("plain"));
        }

        Assert.That(listener.HasEnded);
        Assert.That(listener.Client.IsSilent);
    }

    [Test]
    public async Task A_stalled_client_is_not_sent_any_on_top()
    {
        var options = new EventStreamOptions { Heartbeat = TimeSpan.FromMilliseconds(250) };
        await using var station = new Station(new BroadcastOptions { MaxEvents = 5 }, options, _time);
        var listener = await station.ListenAsync();
        var delivered = await station.StallAsync(listener);

        _time.AdvanceSeconds(4); // The write timeout is 5 s.
        await station.PublishAsync(1);
        for (var sequence = 1; sequence <= delivered + 2;)
        {
            var heard = await listener.ReadBlockAsync();
            Assert.That(heard!.IsSilent ? sequence : heard.Sequence, Is.EqualTo(sequence));
            if (heard.IsSilent) Assert.That(sequence, Is.EqualTo(1).Or.GreaterThan(delivered), "only one that was due before it stalled, or is due again");
            else sequence++;
        }
    }
}
