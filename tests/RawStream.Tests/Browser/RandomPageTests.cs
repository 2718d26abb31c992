using NUnit.Framework;

namespace RawStream.Tests.Browser;

/// <summary>Events of another origin.</summary>
[Parallelizable] // It waits more than it works.
public sealed class RandomPageTests : BrowserTests
{
    [Test]
    public async Task A_page_of_another_origin_gets_its_numbers()
    {
        var here = await StartServerAsync();
        var there = await StartServerAsync();

        await Page.GoToAsync($"{here}/random.html?from={there}");
        await Page.UntilAsync("Number(document.getElementById('count').textContent) >= 2");

        Assert.That(await Page.TextAsync("#numbers"), Does.Match(@"^id 1: \d+\nid 2: \d+\n"));
        Assert.That(await Page.TextAsync("#numbers-state"), Is.EqualTo($"Live, from {there} on a page of {here}"));
    }

    [Test]
    public async Task A_stream_that_does_not_allow_it_is_kept_from_a_page_of_another_origin()
    {
        var here = await StartServerAsync();
        var there = await StartServerAsync();
        await using var page = await BrowserSetup.Browser!.OpenAsync();
        await page.GoToAsync($"{here}/random.html");

        var state = await page.EvaluateAsync<string>($$"""
            new Promise(done => {
              const source = new EventSource('{{there}}/hello');
              source.onopen = () => done('open');
              source.onerror = () => done(source.readyState === EventSource.CLOSED ? 'refused' : 'lost');
            })
            """);

        Assert.That(state, Is.EqualTo("refused"));
        Assert.That(page.Faults, Has.Some.Contains("CORS"));
    }

    [Test]
    public async Task The_other_name_of_this_server_is_another_origin_too()
    {
        var server = await StartServerAsync();

        await Page.GoToAsync($"{server}/random.html");
        await Page.UntilStateAsync("live", "numbers-state");

        Assert.That(await Page.TextAsync("#numbers-state"), Does.Contain("localhost"));
    }
}
