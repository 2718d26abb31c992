using System.Globalization;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Browser;

/// <summary>Tokens by fetch: painted as they come, and no longer made when they are not wanted.</summary>
[Parallelizable] // It waits more than it works.
public sealed class TokensPageTests : BrowserTests
{
    private static readonly HttpClient Http = new();

    // What each frame that is painted shows.
    private const string Watch = """
        (function watch(lengths) {
          window.lengths = lengths;
          const length = document.getElementById('answer').textContent.length;
          if (length !== lengths.at(-1)) lengths.push(length);
          requestAnimationFrame(() => watch(lengths));
        })([]), true
        """;

    [Test]
    public async Task The_text_grows_from_paint_to_paint()
    {
        await Page.GoToAsync($"{await StartServerAsync()}/tokens.html");
        await Page.EvaluateAsync<bool>(Watch);

        await Page.ClickAsync("#ms10");
        await Page.ClickAsync("#ask");
        await Page.UntilAsync("document.getElementById('state').textContent === 'Finished'");

        var lengths = await Page.EvaluateAsync<int[]>("lengths");
        var answer = await Page.TextAsync("#answer");
        Assert.That(answer, Does.StartWith("A chunk is").And.EndWith("the other."));
        Assert.That(lengths, Is.Ordered.And.Length.GreaterThan(5), "it is painted many times before it is whole");
        Assert.That(await Page.TextAsync("#tokens"), Is.EqualTo(answer.Split(' ').Length.ToString(CultureInfo.InvariantCulture)));
    }

    [Test]
    public async Task Stop_ends_the_handler()
    {
        var server = await StartServerAsync();
        await Page.GoToAsync($"{server}/tokens.html");
        await Page.ClickAsync("#ms200");
        await Page.ClickAsync("#ask");
        await Page.UntilAsync("Number(document.getElementById('tokens').textContent) >= 2");
        Assert.That(await Http.GetStringAsync($"{server}/generating"), Is.EqualTo("1"));

        await Page.ClickAsync("#ask");

        await Page.UntilAsync("document.getElementById('state').textContent === 'You stopped it'");
        await Patience.UntilAsync(async () => await Http.GetStringAsync($"{server}/generating") == "0", "nothing is generated");
        await Page.UntilAsync("document.getElementById('generating').textContent === '0'");
    }

    [Test]
    public async Task An_answer_that_breaks_off_is_told_from_one_that_is_finished()
    {
        using var host = new MortalHost();
        await host.StartAsync();
        await Page.GoToAsync($"{host.Address}/tokens.html");
        await Page.ClickAsync("#ask");
        await Page.UntilAsync("Number(document.getElementById('tokens').textContent) >= 2");

        await host.KillAsync();

        await Page.UntilStateAsync("lost");
        Assert.That(await Page.TextAsync("#answer"), Does.StartWith("A chunk"));
    }
}
