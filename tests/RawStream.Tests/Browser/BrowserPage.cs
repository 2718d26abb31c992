using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Browser;

/// <summary>One tab.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private readonly DevTools _tools;
    private readonly string _context;
    private readonly string _session;
    private readonly ConcurrentQueue<string> _faults = [];
    private Signal _loaded = new();

    private BrowserPage(DevTools tools, string context, string session)
    {
        (_tools, _context, _session) = (tools, context, session);
        tools.Listen(session, OnEvent);
    }

    /// <summary>What scripts have thrown, and what the Content-Security-Policy has kept from them.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    public static async Task<BrowserPage> CreateAsync(DevTools tools, string context, string session)
    {
        var page = new BrowserPage(tools, context, session);
        foreach (var domain in new[] { "Page", "Runtime", "Log" }) await page.SendAsync($"{domain}.enable");
        return page;
    }

    /// <summary>Certificates that are made for a test are as good as others.</summary>
    public Task TrustAllAsync() => SendAsync("Security.setIgnoreCertificateErrors", new JsonObject { ["ignore"] = true });

    /// <summary>Completes when it is loaded.</summary>
    public async Task GoToAsync(string url)
    {
        var loaded = _loaded = new Signal();
        await SendAsync("Page.navigate", new JsonObject { ["url"] = url });
        await loaded.WaitAsync();
    }

    /// <summary>The value of an expression, or of the promise that it is.</summary>
    public async Task<T> EvaluateAsync<T>(string expression)
    {
        var answer = await SendAsync("Runtime.evaluate", new JsonObject
        {
            ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true, ["userGesture"] = true,
        });
        if (answer["exceptionDetails"] is { } exception) throw new InvalidOperationException($"{expression}\n{exception.ToJsonString()}");
        return answer["result"]!["value"].Deserialize<T>()!;
    }

    /// <summary>Waits until a condition holds; it is looked at whenever the document has changed.</summary>
    public async Task UntilAsync(string condition)
    {
        try
        {
            await EvaluateAsync<bool>($$"""
                new Promise(done => {
                  const look = () => {
                    if (!({{condition}})) return;
                    observer.disconnect();
                    done(true);
                  };
                  const observer = new MutationObserver(look);
                  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
                  look();
                })
                """);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"Waited for {Patience.Limit.TotalSeconds} s, but not: {condition}\nThe page shows:\n{await EvaluateAsync<string>("document.body.innerText")}");
        }
    }

    /// <summary>Waits until the connection of the page is <c>live</c>, <c>lost</c> or <c>stopped</c>.</summary>
    public Task UntilStateAsync(string state, string id = "state") => UntilAsync($"document.getElementById('{id}').dataset.state === '{state}'");

    public Task ClickAsync(string selector) => EvaluateAsync<bool>($"(document.querySelector({Quote(selector)}).click(), true)");

    /// <summary>The text of each element, in their order.</summary>
    public Task<string[]> TextsAsync(string selector) => EvaluateAsync<string[]>($"[...document.querySelectorAll({Quote(selector)})].map(element => element.textContent)");

    public async Task<string> TextAsync(string selector) => (await TextsAsync(selector)).Single();

    /// <summary>A screen of that width, and what the reader prefers.</summary>
    public async Task ShowAsAsync(int width, bool isDark)
    {
        await SendAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = 800, ["deviceScaleFactor"] = 1, ["mobile"] = false });
        await SendAsync("Emulation.setEmulatedMedia", new JsonObject
        {
            ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = isDark ? "dark" : "light" }),
        });
    }

    /// <summary>What makes the reader scroll sideways, and what lies over its neighbour.</summary>
    public Task<string[]> FindMisplacedAsync() => EvaluateAsync<string[]>("""
        (() => {
          const rectangle = element => element.getBoundingClientRect();
          const right = document.documentElement.clientWidth;
          const scrolls = document.documentElement.scrollWidth > right;
          const isWide = element => scrolls && rectangle(element).right > right;
          const isCovered = element => element.matches('.bar > *') && element.nextElementSibling
            && rectangle(element).bottom > rectangle(element.nextElementSibling).top && rectangle(element).left + element.scrollWidth > rectangle(element.nextElementSibling).left;
          return [...document.querySelectorAll('body *')].filter(element => isWide(element) || isCovered(element)).map(element => element.outerHTML.slice(0, 100));
        })()
        """);

    /// <summary>The whole page as PNG, from its top to its end.</summary>
    public async Task<byte[]> TakeScreenshotAsync()
    {
        var size = (await SendAsync("Page.getLayoutMetrics"))["cssContentSize"]!;
        var clip = new JsonObject { ["x"] = 0, ["y"] = 0, ["width"] = size["width"]!.DeepClone(), ["height"] = size["height"]!.DeepClone(), ["scale"] = 1 };
        var answer = await SendAsync("Page.captureScreenshot", new JsonObject { ["captureBeyondViewport"] = true, ["clip"] = clip });
        return Convert.FromBase64String(answer["data"]!.GetValue<string>());
    }

    public static string Quote(string text) => JsonSerializer.Serialize(text);

    public async ValueTask DisposeAsync() => await _tools.SendAsync("Target.disposeBrowserContext", new JsonObject { ["browserContextId"] = _context });

    private Task<JsonObject> SendAsync(string method, JsonObject? parameters = null) => _tools.SendAsync(method, parameters, _session);

    private void OnEvent(string method, JsonObject parameters)
    {
        switch (method)
        {
            case "Page.loadEventFired":
                _loaded.Set();
                break;
            case "Runtime.exceptionThrown":
                _faults.Enqueue(parameters.ToJsonString());
                break;
            // That a server is down is told under "network", and is what some tests are about.
            case "Log.entryAdded" when parameters["entry"] is { } entry && entry["level"]!.GetValue<string>() == "error" && entry["source"]!.GetValue<string>() != "network":
                _faults.Enqueue(entry["text"]!.GetValue<string>());
                break;
        }
    }
}
