using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Browser;

/// <summary>EventSource, as a browser has it, on events with names and ids.</summary>
[Parallelizable] // It waits more than it works.
public sealed class ClockPageTests : BrowserTests
{
    [Test]
    public async Task Events_come_in_order_by_name_and_with_their_ids()
    {
        var time = new ManualTime();
        time.AdvanceSeconds(57);
        var server = await StartServerAsync(time);

        await Page.GoToAsync($"{server}/clock.html");
        await Page.UntilStateAsync("live");
        await time.WaitForTimersAsync(1);
        foreach (var expected in new[] { 1, 2, 4, 5 })
        {
            time.AdvanceSeconds(1);
            await Page.UntilAsync($"document.getElementById('events').textContent === '{expected}'");
        }

        Assert.That(
            (await Page.TextsAsync("#log div")).Select(line => line.Split("  ")[1]),
            Is.EqualTo(new[] { "time, id 1", "time, id 2", "time, id 3", "minute, id 4", "time, id 5" }));
        Assert.That(await Page.TextAsync("#last-id"), Is.EqualTo("5"));
    }

    [Test]
    public async Task The_page_comes_back_with_the_server()
    {
        using var host = new MortalHost();
        await host.StartAsync();
        await Page.GoToAsync($"{host.Address}/clock.html");
        await Page.UntilAsync("document.getElementById('log').lastChild?.className === 'time'");

        await host.KillAsync();
        await Page.UntilStateAsync("lost");
        await host.StartAsync();

        await Page.UntilAsync("document.getElementById('reconnects').textContent === '1' && document.getElementById('log').lastChild.className === 'time'");
        Assert.That((await Page.TextsAsync("#log .mark")).Select(mark => mark.Split("  ")[1]), Is.EqualTo(new[] { "connection lost", "connected again" }));
        await LookAsync("clock-after-restart");
    }
}
