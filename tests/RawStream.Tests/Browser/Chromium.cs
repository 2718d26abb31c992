using System.Diagnostics;
using System.Text.Json.Nodes;
using RawStream.Tests.Support;

namespace RawStream.Tests.Browser;

/// <summary>A Chromium without a window, with a profile of its own, that is driven over the DevTools protocol.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private const string Announcement = "DevTools listening on ";

    // A cold start on a machine that is busy with other tests.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _profile;
    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DevTools? _tools;

    private Chromium(string command)
    {
        _profile = Directory.CreateTempSubdirectory("rawstream-chromium-");
        _process = new Process { StartInfo = new ProcessStartInfo(command, Arguments(_profile.FullName)) { RedirectStandardError = true, RedirectStandardOutput = true } };
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null) _address.TrySetException(new InvalidOperationException("Chromium has ended before it listened."));
            else if (line.Data.StartsWith(Announcement, StringComparison.Ordinal)) _address.TrySetResult(new Uri(line.Data[Announcement.Length..]));
        };
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    /// <summary>Where it is on the PATH, or null.</summary>
    public static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, "chromium"))
        .FirstOrDefault(File.Exists);

    public static async Task<Chromium> StartAsync(string command)
    {
        var browser = new Chromium(command);
        try
        {
            browser._tools = await DevTools.ConnectAsync(await browser._address.Task.WaitAsync(StartLimit));
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>An empty page in a profile that it shares with no other page: neither cookies, nor cache, nor connections.</summary>
    public async Task<BrowserPage> OpenAsync()
    {
        var context = (await _tools!.SendAsync("Target.createBrowserContext"))["browserContextId"]!.GetValue<string>();
        var target = (await _tools.SendAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank", ["browserContextId"] = context }))["targetId"]!.GetValue<string>();
        var session = (await _tools.SendAsync("Target.attachToTarget", new JsonObject { ["targetId"] = target, ["flatten"] = true }))["sessionId"]!.GetValue<string>();
        return await BrowserPage.CreateAsync(_tools, context, session);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_tools is null) return;
            await _tools.SendAsync("Browser.close");
            await _tools.DisposeAsync();
            await _process.WaitForExitAsync().Within();
        }
        finally
        {
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
            _process.Dispose();
            await Patience.UntilAsync(TryDeleteProfile, "the profile is deleted"); // The browser's helpers end a little after it, and write until then.
        }
    }

    private bool TryDeleteProfile()
    {
        try
        {
            _profile.Delete(recursive: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string[] Arguments(string profile) =>
    [
        "--headless=new",
        "--remote-debugging-port=0",
        $"--user-data-dir={profile}",
        .. Environment.UserName == "root" ? (string[])["--no-sandbox"] : [],
        "--disable-gpu",
        "--disable-dev-shm-usage", // In a container it is small.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-extensions",
        "--disable-sync",
        "--no-first-run",
        "--hide-scrollbars", // As on a phone: a screen is as wide as it says.
        // A page that is not in front is to go on all the same.
        "--disable-background-timer-throttling",
        "--disable-backgrounding-occluded-windows",
        "--disable-renderer-backgrounding",
        "about:blank",
    ];
}
