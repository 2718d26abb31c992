using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>Ticks, by a clock that the test advances.</summary>
public sealed class TickerTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private ManualTime _time = null!;

    [SetUp]
    public void CreateTime() => _time = new ManualTime();

    [Test]
    public async Task The_first_tick_comes_after_one_period_and_tells_the_time()
    {
        await using var ticks = Ticker.Every(Period, _time).GetAsyncEnumerator();
        var start = _time.GetUtcNow();

        for (var i = 1; i <= 5; i++)
        {
            var next = ticks.MoveNextAsync().AsTask();
            _time.AdvanceSeconds(9);
            Assert.That(next.IsCompleted, Is.False);
            _time.AdvanceSeconds(1);
            Assert.That(await next.Within());
            Assert.That(ticks.Current, Is.EqualTo(start + i * Period));
        }
    }

    [Test]
    public async Task A_late_reader_misses_ticks_and_does_not_get_them_in_a_burst()
    {
        await using var ticks = Ticker.Every(Period, _time).GetAsyncEnumerator();

        _time.Advance(10 * Period);
        Assert.That(await ticks.MoveNextAsync().Within());
        var next = ticks.MoveNextAsync().AsTask();

        Assert.That(next.IsCompleted, Is.False);
        _time.Advance(Period);
        Assert.That(await next.Within());
    }

    [Test]
    public async Task A_token_ends_the_sequence_without_an_exception([Values] bool ofTheEnumeration)
    {
        using var stop = new CancellationTokenSource();
        await using var ticks = ofTheEnumeration
            ? Ticker.Every(Period, _time).GetAsyncEnumerator(stop.Token)
            : Ticker.Every(Period, _time, stop.Token).GetAsyncEnumerator();
        var next = ticks.MoveNextAsync().AsTask();

        await stop.CancelAsync();

        Assert.That(await next.Within(), Is.False);
        Assert.That(await ticks.MoveNextAsync().Within(), Is.False);
    }

    [Test]
    public async Task A_token_that_has_fired_already_leaves_nothing_to_come()
    {
        var ticks = 0;
        await foreach (var now in Ticker.Every(Period, _time, new CancellationToken(canceled: true))) ticks++;

        Assert.That(ticks, Is.Zero);
        Assert.That(_time.ActiveTimers, Is.Zero);
    }

    [Test]
    public async Task No_timer_is_left_by_whoever_stops_reading()
    {
        var ticks = Ticker.Every(Period, _time).GetAsyncEnumerator();
        var before = _time.ActiveTimers;

        await ticks.DisposeAsync();

        Assert.That(before, Is.EqualTo(1));
        Assert.That(_time.ActiveTimers, Is.Zero);
    }

    [Test]
    public async Task Each_enumeration_has_its_own_timer()
    {
        var sequence = Ticker.Every(Period, _time);
        await using var first = sequence.GetAsyncEnumerator();
        _time.AdvanceSeconds(5);
        await using var second = sequence.GetAsyncEnumerator();
        var firstTick = first.MoveNextAsync().AsTask();
        var secondTick = second.MoveNextAsync().AsTask();

        _time.AdvanceSeconds(5);

        Assert.That(await firstTick.Within());
        Assert.That(secondTick.IsCompleted, Is.False);
    }

    [Test]
    public async Task As_a_response_each_tick_is_a_chunk_until_the_client_leaves()
    {
        await using var server = new TestServer(time: _time);
        server.Http.Map("GET /", _ => Response.Stream(Ticker.Every(Period, _time).Select(now => $"{now:HH:mm:ss}\n")));
        var client = server.Connect();
        await client.AskAsync("/");
        await _time.WaitForTimersAsync(2);
        await client.ReadUntilAsync("\r\n\r\n");

        _time.Advance(Period);
        Assert.That(await client.ReadUntilAsync("\n\r\n"), Is.EqualTo("9\r\n12:00:10\n\r\n"));
        _time.Advance(Period);
        Assert.That(await client.ReadUntilAsync("\n\r\n"), Is.EqualTo("9\r\n12:00:20\n\r\n"));
        client.Abort();

        await server.UntilIdleAsync();
        Assert.That(_time.ActiveTimers, Is.EqualTo(1), "the server's own");
        server.Log.AssertQuiet();
    }

    [Test]
    public void Less_than_a_millisecond_is_refused() =>
        Assert.That(() => Ticker.Every(TimeSpan.FromTicks(9999)), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
