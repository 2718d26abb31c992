using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using RawStream.Load.Attacks;
using RawStream.Load.Trial;
using RawStream.Tests.Support;

namespace RawStream.Tests.Bench;

/// <summary>How long attackers last is what the server says of it.</summary>
[Platform("Linux")]
public sealed class BattleTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);
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
        Assert.That(gone.Detail, Does.Contain(" of 3 after "));
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

    [Test]
    public async Task Others_that_do_not_leave_are_a_failure()
    {
        var gone = await TrialSite.RunAsync(
            site => new Battle(Test(Silent), site, pairs: 0) { RestPatience = Short }.AwaitGoneAsync(TimeSpan.Zero), "/vitals", (_, response) => response.WriteAsync("open 3"));

        Assert.That(gone.Holds, Is.False);
        Assert.That(gone.Detail, Does.StartWith("2 others were still open after "));
    }

    [Test]
    public async Task Attackers_that_cannot_connect_are_a_failure()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var site = new Site(((IPEndPoint)listener.LocalEndpoint).Port, SecurePort: 0, Environment.ProcessId);

        var waiting = new Battle(Test(Silent), site, pairs: 0) { ConnectingGrace = Short }.AwaitGoneAsync(TimeSpan.Zero);
        using var looking = await listener.AcceptTcpClientAsync().Within();
        listener.Stop();
        await looking.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nopen 1"u8.ToArray()).Within();
        var gone = await waiting.Within();

        Assert.That(gone.Holds, Is.False);
        Assert.That(gone.Detail, Does.StartWith("only 0 of 3 connected after "));
    }

    private static Task<Check> AwaitGoneAsync(Site site, Tactic tactic) => new Battle(Test(tactic), site, pairs: 0).AwaitGoneAsync(TimeSpan.Zero);

    private static Attack Test(Tactic tactic) => new("test", "of a test", tactic);
}
