using NUnit.Framework;
using RawStream.Load.Attacks;
using RawStream.Load.Trial;

namespace RawStream.Tests.Bench;

/// <summary>How long attackers last is what the server says of it.</summary>
[Platform("Linux")]
public sealed class BattleTests
{
    private static readonly Tactic Silent = new(Attackers: 3);
    private static readonly Tactic Refused = new(Attackers: 3) { Opening = _ => "no request\r\n\r\n"u8.ToArray() };

    [Test]
    public async Task Who_is_refused_is_gone()
    {
        var gone = await TrialSite.RunAsync(site => AwaitGoneAsync(site, Refused));

        Assert.That(gone.Holds, Is.True, gone.Detail);
        Assert.That(gone.Detail, Does.StartWith("3 of 3 after "));
    }

    [Test]
    public async Task Whom_the_server_still_has_is_not_gone()
    {
        var gone = await TrialSite.RunAsync(site => AwaitGoneAsync(site, Silent));

        Assert.That(gone.Holds, Is.False);
        Assert.That(gone.Detail, Does.StartWith("0 of 3 after "));
    }

    [Test]
    public async Task Whom_the_server_has_let_go_of_is_gone_though_its_client_does_not_know()
    {
        // The one that looks is all that the server has.
        var gone = await TrialSite.RunAsync(site => AwaitGoneAsync(site, Silent), "/vitals", (_, response) => response.WriteAsync("open 1"));

        Assert.That(gone.Holds, Is.True, gone.Detail);
        Assert.That(gone.Detail, Does.StartWith("3 of 3 after "));
    }

    [Test]
    public async Task A_server_that_does_not_tell_is_a_failure()
    {
        var gone = await AwaitGoneAsync(new Site(Port: 1, SecurePort: 0, Environment.ProcessId), Silent);

        Assert.That(gone.Holds, Is.False);
        Assert.That(gone.Detail, Does.StartWith("the server does not tell: "));
    }

    private static Task<Check> AwaitGoneAsync(Site site, Tactic tactic) =>
        new Battle(new Attack("test", "of a test", tactic), site, pairs: 0).AwaitGoneAsync(timeout: TimeSpan.Zero);
}
