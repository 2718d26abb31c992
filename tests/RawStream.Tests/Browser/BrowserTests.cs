using NUnit.Framework;
using RawStream.Host;
using RawStream.Tests.Support;

namespace RawStream.Tests.Browser;

/// <summary>A page, and servers that stand in this process. No page may throw, or try what its policy forbids.</summary>
public abstract class BrowserTests
{
    private const int Wide = 1280;
    private const int Narrow = 390;

    private static readonly string? ScreenshotFolder = Environment.GetEnvironmentVariable("RAWSTREAM_SCREENSHOTS");

    private readonly List<TestServer> _servers = [];

    private protected BrowserPage Page { get; private set; } = null!;

    [SetUp]
    public async Task OpenPageAsync() => Page = await BrowserSetup.Browser!.OpenAsync();

    [TearDown]
    public async Task CloseAsync()
    {
        await Page.DisposeAsync();
        foreach (var server in _servers) await server.DisposeAsync();
        _servers.Clear();
        Assert.That(Page.Faults, Is.Empty);
    }

    private protected TestServer NewServer(HttpsOptions? https = null)
    {
        var server = new TestServer(https: https);
        _servers.Add(server);
        return server;
    }

    /// <summary>The demos on a port of their own.</summary>
    private protected async Task<string> StartServerAsync(TimeProvider? time = null)
    {
        var server = NewServer();
        Demos.Map(server.Http, time ?? TimeProvider.System);
        await server.StartAsync();
        return $"http://127.0.0.1:{server.Http.Port}";
    }

    /// <summary>
    /// On a desk and on a phone, by day and by night: nothing is wider than the screen or in the way. Pictures are kept in the folder that
    /// RAWSTREAM_SCREENSHOTS names.
    /// </summary>
    private protected async Task LookAsync(string name)
    {
        foreach (var width in new[] { Wide, Narrow })
        {
            foreach (var isDark in new[] { false, true })
            {
                await Page.ShowAsAsync(width, isDark);
                Assert.That(await Page.FindMisplacedAsync(), Is.Empty, $"{name} at {width}");
                if (ScreenshotFolder is not null) await SaveAsync($"{name}-{width}-{(isDark ? "dark" : "light")}.png");
            }
        }
    }

    private async Task SaveAsync(string name)
    {
        Directory.CreateDirectory(ScreenshotFolder!);
        await File.WriteAllBytesAsync(Path.Combine(ScreenshotFolder!, name), await Page.TakeScreenshotAsync());
    }
}
