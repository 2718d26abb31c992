using NUnit.Framework;
using RawStream.Load.Attacks;
using RawStream.Load.Churn;
using RawStream.Load.Compare;
using RawStream.Load.Run;
using RawStream.Load.Soak;
using RawStream.Load.Subject;

namespace RawStream.Tests.Bench;

/// <summary>The command lines of the load tool.</summary>
public sealed class OptionsTests
{
    [Test]
    public void Compare()
    {
        var options = CompareOptions.Parse("--only stream,latency --peers rawstream,kestrel --runs 7 --out there".Split(' '));

        Assert.That(options.Only, Is.EqualTo(new[] { "stream", "latency" }));
        Assert.That(options.Peers.Select(peer => peer.Name), Has.Member("rawstream").And.Member("kestrel-inline").And.No.Member("go"));
        Assert.That((options.Scale.Runs, options.Out), Is.EqualTo((7, "there")));
    }

    [Test]
    public void Quick_is_a_scale_that_other_options_change_wherever_they_stand()
    {
        var options = CompareOptions.Parse("--runs 2 --quick --streams 1,50000".Split(' '));

        Assert.That(options.Scale, Is.EqualTo(Scale.Quick with { Runs = 2, Streams = options.Scale.Streams }));
        Assert.That(options.Scale.Streams, Is.EqualTo(new[] { 1, 50_000 }));
    }

    [Test]
    public void Run()
    {
        var options = RunOptions.Parse("http://localhost:8000/sse --connections 1000 --for 500ms --json".Split(' '));

        Assert.That(options, Is.EqualTo(new RunOptions(new Uri("http://localhost:8000/sse"), 1000, TimeSpan.FromMilliseconds(500), IsJson: true)));
    }

    [Test]
    public void Soak()
    {
        var options = SoakOptions.Parse("--for 2m --transport both --out there".Split(' '));

        Assert.That((options.Time, options.Out), Is.EqualTo((TimeSpan.FromMinutes(2), "there")));
        Assert.That(options.Transports, Is.EqualTo(new[] { HttpTransport.Sockets, HttpTransport.Epoll }));
    }

    [Test]
    public void Churn()
    {
        var options = ChurnOptions.Parse("--connections 5000 --transport epoll".Split(' '));

        Assert.That(options.Connections, Is.EqualTo(5000));
        Assert.That(options.Transports, Is.EqualTo(new[] { HttpTransport.Epoll }));
    }

    [Test]
    public void Attack()
    {
        var options = AttackOptions.Parse("--only slow-headers,aborts --pairs 2".Split(' '));

        Assert.That(options.Only, Is.EqualTo(new[] { "slow-headers", "aborts" }));
        Assert.That(options.Pairs, Is.EqualTo(2));
    }

    [Test]
    public void The_server_of_a_trial_gets_what_it_is_to_be_like()
    {
        var options = new SubjectOptions(HttpTransport.Epoll, Connections: 500, UntilEndOfInput: true);

        Assert.That(SubjectOptions.Parse(options.ToArguments()[1..]), Is.EqualTo(options));
    }

    [TestCase("--for 10")]
    [TestCase("--transport tcp")]
    [TestCase("--connections 5")]
    public void Soak_refuses_with_one_line(string line) =>
        Assert.That(() => SoakOptions.Parse(line.Split(' ')), Throws.ArgumentException.With.Message.Not.Contains("\n"));

    [TestCase("--only streams")]
    [TestCase("--only ,")]
    [TestCase("--peers apache")]
    [TestCase("--runs 0")]
    [TestCase("--runs")]
    [TestCase("--streams 1,x")]
    [TestCase("--fast 1")]
    [TestCase("stream")]
    public void Compare_refuses_with_one_line(string line) =>
        Assert.That(() => CompareOptions.Parse(line.Split(' ')), Throws.ArgumentException.With.Message.Not.Contains("\n"));

    [TestCase("")]
    [TestCase("https://localhost/")]
    [TestCase("localhost:8000")]
    [TestCase("http://localhost/ --for 10")]
    [TestCase("http://localhost/ --for 0s")]
    [TestCase("http://localhost/ --for s")]
    [TestCase("http://localhost/ --connections -1")]
    [TestCase("http://localhost/ --json 1")]
    public void Run_refuses_with_one_line(string line) =>
        Assert.That(() => RunOptions.Parse(line.Split(' ')), Throws.ArgumentException.With.Message.Not.Contains("\n"));
}
