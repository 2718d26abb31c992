using NUnit.Framework;

namespace RawStream.Tests.Browser;

/// <summary>What all pages have in common, and the broadcast of the first one.</summary>
[Parallelizable] // It waits more than it works.
public sealed class PagesTests : BrowserTests
{
    // What a page is to show before its picture is taken: something has come.
    private static readonly TestCaseData[] Pages =
    [
        Case("clock", "/clock.html", "0", "Number(document.getElementById('events').textContent) >= 2"),
        Case("random", "/random.html", "document.getElementById('ms200').click()",
            "Number(document.getElementById('values').textContent) >= 5 && document.getElementById('count').textContent !== '0'"),
        Case("tokens", "/tokens.html", "document.getElementById('ask').click()",
            "document.getElementById('state').textContent === 'Finished' && document.getElementById('generating').textContent === '0'"),
        Case("websocket", "/websocket.html", "0",
            "document.getElementById('same').textContent === '2' || document.getElementById('sent').textContent !== '2' && document.getElementById('send').click()"),
        Case("chat", "/chat.html?name=Ann", "0", "document.getElementById('present').innerText === 'Ann'"),
    ];

    [TestCaseSource(nameof(Pages))]
    public async Task A_page_fits_its_screen(string name, string path, string act, string until)
    {
        await Page.GoToAsync(await StartServerAsync() + path);
        await Page.EvaluateAsync<object?>($"({act}, null)");
        await Page.UntilAsync(until);

        await LookAsync(name);
    }

    [Test]
    public async Task The_first_page_joins_leaves_and_catches_up()
    {
        var server = await StartServerAsync();
        await Page.GoToAsync(server);
        await Page.ClickAsync("#join");
        await Page.UntilStateAsync("live", "sse-state");
        await Page.ClickAsync("#publish");
        await Page.UntilAsync("document.getElementById('received').textContent === '3'");

        await Page.ClickAsync("#join");
        await Page.UntilAsync("document.getElementById('count').textContent === '0'");
        await Page.EvaluateAsync<bool>("fetch('/publish?n=2&size=16', { method: 'POST' }).then(answer => answer.ok)");
        await Page.ClickAsync("#join");

        await Page.UntilAsync("document.getElementById('received').textContent === '5'");
        var lines = (await Page.TextAsync("#joined")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines.Select(line => line.Split("  ")[0].Split('-')[1]), Is.EqualTo(new[] { "1", "2", "3", "4", "5" }));
        await LookAsync("index");
    }

    [Test]
    public async Task Every_route_of_the_list_can_be_tried()
    {
        await Page.GoToAsync(await StartServerAsync());
        var count = (await Page.TextsAsync("#routes .try")).Length;

        for (var i = 0; i < count; i++)
        {
            var item = $"document.querySelectorAll('#routes .try')[{i}]";
            await Page.EvaluateAsync<bool>($"({item}.click(), true)");
            await Page.UntilAsync($"{item}.closest('li').querySelector('.result').textContent.includes('\\n\\n')");
            Assert.That(await Page.EvaluateAsync<string>($"{item}.closest('li').querySelector('.result').textContent"), Does.Match("^(200|204|304) "));
            await Page.EvaluateAsync<bool>($"({item}.textContent === 'Stop' && {item}.click(), true)");
            await Page.UntilAsync($"{item}.textContent === 'Try again'");
        }
    }

    private static TestCaseData Case(string name, string path, string act, string until) => new TestCaseData(name, path, act, until).SetArgDisplayNames(name);
}
