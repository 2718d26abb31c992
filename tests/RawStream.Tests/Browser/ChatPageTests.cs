using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Browser;

/// <summary>What the chat page shows when the line or the server is gone for a while.</summary>
[Parallelizable] // It waits more than it works.
public sealed class ChatPageTests : BrowserTests
{
    private static readonly HttpClient Http = new();

    [Test]
    public async Task A_killed_server_is_one_gap_and_nothing_said_after_it_is_lost_or_shown_twice()
    {
        using var host = new MortalHost();
        await host.StartAsync();
        await EnterAsync(host.Address);
        await SayAsync(host.Address, "lobby", "one", "two");
        await UntilSaidAsync("two");

        await host.KillAsync();
        await Page.UntilStateAsync("lost");
        await host.StartAsync();
        await SayAsync(host.Address, "lobby", "three");
        await Page.UntilStateAsync("live");
        await SayAsync(host.Address, "lobby", "four");
        await UntilSaidAsync("four");

        Assert.That(await SaidAsync(), Is.EqualTo(new[] { "one", "two", "three", "four" }));
        Assert.That(await Page.TextsAsync("#log .gap"), Has.Length.EqualTo(1));
        Assert.That(await Page.TextAsync("#gaps"), Is.EqualTo("1"));
        Assert.That(await Page.TextAsync("#reconnects"), Is.EqualTo("1"));
        await LookAsync("chat-after-restart");
    }

    [Test]
    public async Task What_is_said_while_the_line_is_cut_is_replayed_once_and_there_is_no_gap()
    {
        var server = await StartServerAsync();
        await using var line = new Relay(new Uri(server).Port);
        line.Connect();
        await EnterAsync($"http://127.0.0.1:{line.Port}");
        await SayAsync(server, "lobby", "one", "two");
        await UntilSaidAsync("two");

        for (var cut = 1; cut <= 2; cut++)
        {
            await line.CutAsync();
            await Page.UntilStateAsync("lost");
            await SayAsync(server, "lobby", $"missed {cut}a", $"missed {cut}b");
            line.Connect();
            await Page.UntilStateAsync("live");
            await SayAsync(server, "lobby", $"new {cut}");
            await UntilSaidAsync($"new {cut}");
        }

        Assert.That(await SaidAsync(), Is.EqualTo(new[] { "one", "two", "missed 1a", "missed 1b", "new 1", "missed 2a", "missed 2b", "new 2" }));
        Assert.That(await TaggedAsync("replayed"), Is.EqualTo(new[] { "missed 1a", "missed 1b", "missed 2a", "missed 2b" }));
        Assert.That(await Page.TextAsync("#gaps"), Is.EqualTo("0"));
        Assert.That(await Page.TextAsync("#reconnects"), Is.EqualTo("2"));
        await LookAsync("chat-after-cut");
    }

    [Test]
    public async Task A_stream_that_the_server_ends_goes_on_without_loss_or_repetition()
    {
        var server = await StartServerAsync();
        await EnterAsync(server);
        await SayAsync(server, "lobby", "one");
        await UntilSaidAsync("one");

        await Page.ClickAsync("#cut");
        await Page.UntilStateAsync("lost");
        await SayAsync(server, "lobby", "two", "three");
        await Page.UntilStateAsync("live");
        await SayAsync(server, "lobby", "four");
        await UntilSaidAsync("four");

        Assert.That(await SaidAsync(), Is.EqualTo(new[] { "one", "two", "three", "four" }));
        Assert.That(await Page.TextAsync("#gaps"), Is.EqualTo("0"));
    }

    [Test]
    public async Task Rooms_are_changed_without_a_new_connection_and_resumed_after_one()
    {
        var server = await StartServerAsync();
        await using var line = new Relay(new Uri(server).Port);
        line.Connect();
        await SayAsync(server, "kitchen", "before");
        await EnterAsync($"http://127.0.0.1:{line.Port}");

        await Page.ClickAsync("#kitchen");
        await UntilSaidAsync("before");
        await SayAsync(server, "lobby", "elsewhere");
        await SayAsync(server, "kitchen", "here");
        await UntilSaidAsync("here");
        Assert.That(await Page.TextAsync("#reconnects"), Is.EqualTo("0"));
        Assert.That(await TaggedAsync("earlier"), Is.EqualTo(new[] { "before" }));

        await line.CutAsync();
        await Page.UntilStateAsync("lost");
        await SayAsync(server, "kitchen", "missed");
        await SayAsync(server, "lobby", "elsewhere");
        line.Connect();
        await UntilSaidAsync("missed");
        await SayAsync(server, "kitchen", "new");
        await UntilSaidAsync("new");

        Assert.That(await SaidAsync(), Is.EqualTo(new[] { "before", "here", "missed", "new" }));
        Assert.That(await Page.TextAsync("#gaps"), Is.EqualTo("0"));
    }

    [Test]
    public async Task Who_is_there_is_shown_and_what_is_typed_is_said_to_all()
    {
        var server = await StartServerAsync();
        await EnterAsync(server);
        await using var other = await BrowserSetup.Browser!.OpenAsync();
        await other.GoToAsync($"{server}/chat.html?name=Bob");
        await Page.UntilAsync("document.getElementById('present').innerText === 'Ann\\nBob'");

        await other.EvaluateAsync<bool>("(document.getElementById('text').value = '<b>hello</b>', document.getElementById('form').requestSubmit(), true)");
        await UntilSaidAsync("<b>hello</b>");
        await other.GoToAsync("about:blank");

        await Page.UntilAsync("document.getElementById('present').innerText === 'Ann'");
    }

    private async Task EnterAsync(string server)
    {
        await Page.GoToAsync($"{server}/chat.html?name=Ann");
        await Page.UntilAsync("document.getElementById('present').innerText === 'Ann'");
    }

    private static async Task SayAsync(string server, string room, params string[] texts)
    {
        foreach (var text in texts)
            (await Http.PostAsync($"{server}/chat/{room}?name=Bob", new StringContent(text)).Within()).EnsureSuccessStatusCode();
    }

    private Task UntilSaidAsync(string text) =>
        Page.UntilAsync($"[...document.querySelectorAll('.words')].some(words => words.textContent === {BrowserPage.Quote(text)})");

    private Task<string[]> SaidAsync() => Page.TextsAsync(".said .words");

    private Task<string[]> TaggedAsync(string tag) => Page.EvaluateAsync<string[]>($"""
        [...document.querySelectorAll('.said')]
          .filter(item => item.querySelector('.tag')?.textContent === '{tag}')
          .map(item => item.querySelector('.words').textContent)
        """);
}
