using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Browser;

/// <summary>The server goes, and comes back on the same port: each page goes on by itself, without being loaded again.</summary>
[Parallelizable] // It waits more than it works.
public sealed class RestartTests : BrowserTests
{
    [Test]
    public async Task Every_page_goes_on_by_itself([Values("SIGKILL", "SIGTERM")] string signal)
    {
        using var host = new MortalHost();
        await host.StartAsync();
        await using var clock = await BrowserSetup.Browser!.OpenAsync();
        await using var chat = await BrowserSetup.Browser!.OpenAsync();
        await Page.GoToAsync($"{host.Address}/");
        await clock.GoToAsync($"{host.Address}/clock.html");
        await chat.GoToAsync($"{host.Address}/chat.html?name=Ann");
        await Page.ClickAsync("#join");
        await Page.UntilStateAsync("live", "sse-state");
        await Page.UntilAsync("Number(document.getElementById('chunks').textContent) >= 2");
        await clock.UntilAsync("document.getElementById('log').lastChild?.className === 'time'");
        await chat.UntilStateAsync("live");
        foreach (var page in new[] { Page, clock, chat }) await page.EvaluateAsync<bool>("window.isTheSame = true");

        if (signal == "SIGKILL") await host.KillAsync();
        else await host.TerminateAsync();
        await Page.UntilStateAsync("lost", "state");
        await Page.UntilStateAsync("lost", "sse-state");
        await clock.UntilStateAsync("lost");
        await chat.UntilStateAsync("lost");
        await Page.EvaluateAsync<bool>("(window.seen = document.getElementById('chunks').textContent, true)");
        await host.StartAsync();

        await Page.UntilStateAsync("live", "state");
        await Page.UntilAsync("Number(document.getElementById('chunks').textContent.replace(',', '')) > Number(window.seen.replace(',', '')) + 2");
        await Page.UntilStateAsync("live", "sse-state");
        await Page.ClickAsync("#publish");
        await Page.UntilAsync("Number(document.getElementById('received').textContent) >= 3");
        await clock.UntilAsync("document.getElementById('reconnects').textContent === '1' && document.getElementById('log').lastChild.className === 'time'");
        await chat.UntilStateAsync("live");
        using var http = new HttpClient();
        await http.PostAsync(new Uri($"{host.Address}/chat/lobby?name=Bob"), new StringContent("hello again"));
        await chat.UntilAsync("document.getElementById('log').innerText.includes('hello again')");
        foreach (var page in new[] { Page, clock, chat }) Assert.That(await page.EvaluateAsync<bool>("window.isTheSame"), "it was not loaded again");
        if (signal == "SIGTERM") await LookAsync("index-after-restart");
        Assert.That(clock.Faults.Concat(chat.Faults), Is.Empty);
    }
}
