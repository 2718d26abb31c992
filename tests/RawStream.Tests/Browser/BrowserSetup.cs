using NUnit.Framework;

namespace RawStream.Tests.Browser;

/// <summary>One browser for all fixtures of this namespace.</summary>
[SetUpFixture]
public sealed class BrowserSetup
{
    internal static Chromium? Browser { get; private set; }

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        if (Chromium.Find() is not { } command)
        {
            Assert.Ignore("There is no chromium on the PATH, and these tests drive a real one: apt-get install chromium.");
            return;
        }
        Browser = await Chromium.StartAsync(command);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (Browser is not null) await Browser.DisposeAsync();
    }
}
