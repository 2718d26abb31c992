using NUnit.Framework;
using RawStream.Load.Churn;

namespace RawStream.Tests.Bench;

/// <summary>Connections that come and go.</summary>
[Platform("Linux")]
public sealed class ChurnTests
{
    [Test]
    public async Task Hundreds_of_connections_leave_nothing()
    {
        var result = await TrialSite.RunAsync(site => new ChurnRun(site, 400).RunAsync());

        Assert.That(result.Ledger.Examples, Is.Empty);
        Assert.That(result.Ledger.Connections, Is.EqualTo(400));
        Assert.That(result.Ledger.Checked.Select(way => way.Value), Is.All.EqualTo(40));
        Assert.That(result.Checks.Where(check => check.Name.EndsWith("after it", StringComparison.Ordinal) && !check.Holds), Is.Empty);
    }

    [Test]
    public async Task A_wrong_answer_is_noticed()
    {
        var result = await TrialSite.RunAsync(site => new ChurnRun(site, 100).RunAsync(), "/plaintext", (_, response) =>
        {
            response.Status = 503;
            return response.WriteAsync("no");
        });

        Assert.That(result.Ledger.Broken.Sum(kind => kind.Value), Is.EqualTo(30));
        Assert.That(result.Holds, Is.False);
    }
}
