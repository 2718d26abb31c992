using NUnit.Framework;
using RawStream.Load.Compare;
using RawStream.Load.Run;

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
