using NUnit.Framework;
using RawStream.Host;
using RawStream.Tests.Support;

namespace RawStream.Tests.Browser;

/// <summary>The WebSocket page, in a browser: sizes, closes, another origin, and a server that stops.</summary>
[Parallelizable] // It waits more than it works.
public sealed class WebSocketPageTests : BrowserTests
{
    [Test]
    public async Task Messages_come_back_the_same()
    {
        await Page.GoToAsync($"{await StartServerAsync()}/websocket.html");
        await Page.UntilStateAsync("live");
        await Page.ClickAsync("#send");
        foreach (var size in new[] { 0, 125, 65536, 1048576 }) await Page.ClickAsync($"[data-size='{size}']");

        await Page.UntilAsync("document.getElementById('same').textContent === '5'");
        Assert.That(await Page.TextAsync("#compression"), Is.EqualTo("on"));
        Assert.That(await Page.TextsAsync("#log .got"), Is.EqualTo(new[] { "Hello", "0 bytes", "125 bytes", "65,536 bytes", "1,048,576 bytes" }));
        await Page.ClickAsync("#toggle");

        await Page.UntilStateAsync("stopped");
        Assert.That(await Page.TextAsync("#log .mark"), Is.EqualTo("closed: 1000"));
        await LookAsync("websocket-closed");
    }

    [Test]
    public async Task Over_TLS_too()
    {
        var server = NewServer(TestCertificates.Options());
        Demos.Map(server.Http, TimeProvider.System);
        await server.StartAsync();
        await Page.TrustAllAsync();
        await Page.GoToAsync($"https://localhost:{server.Http.Port}/websocket.html");
        await Page.UntilStateAsync("live");

        await Page.ClickAsync("#send");
        await Page.ClickAsync("[data-size='1048576']");

        await Page.UntilAsync("document.getElementById('same').textContent === '2'");
        Assert.That(await Page.TextAsync(".command .origin"), Does.StartWith("wss://"));
    }

    /// <summary>Each message comes back before the next one is sent.</summary>
    [Test]
    public async Task A_message_appears_when_it_is_sent()
    {
        await Page.GoToAsync($"{await StartServerAsync()}/websocket.html");
        await Page.UntilStateAsync("live");

        for (var i = 1; i <= 5; i++)
        {
            await Page.ClickAsync("#send");
            await Page.UntilAsync($"document.getElementById('same').textContent === '{i}'");
        }
    }

    [Test]
    public async Task A_page_of_another_origin_is_refused()
    {
        var server = await StartServerAsync();
        var other = await StartServerAsync();
        await Page.GoToAsync($"{other}/plaintext"); // It has no policy that would keep the page from it.

        var outcome = await Page.EvaluateAsync<string>($$"""
            new Promise(done => {
              const socket = new WebSocket('{{server.Replace("http", "ws", StringComparison.Ordinal)}}/ws');
              socket.onopen = () => done('open');
              socket.onclose = event => done(`closed ${event.code}`);
            })
            """);

        Assert.That(outcome, Is.EqualTo("closed 1006"));
    }

    [Test]
    public async Task The_page_says_that_the_server_stops_and_opens_again()
    {
        using var host = new MortalHost();
        await host.StartAsync();
        await Page.GoToAsync($"{host.Address}/websocket.html");
        await Page.UntilStateAsync("live");

        await host.KillAsync();
        await Page.UntilStateAsync("lost");
        await host.StartAsync();
        await Page.ClickAsync("#toggle");

        await Page.UntilStateAsync("live");
    }
}
