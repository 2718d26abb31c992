using NUnit.Framework;
using RawStream.Fuzz.Engine;
using RawStream.Fuzz.Targets;

namespace RawStream.Tests.Fuzz;

/// <summary>A short run of each fuzz target: its corpus, where everything that was ever found stands, then a fixed seed and another one each time.</summary>
public sealed class FuzzTests
{
    private static readonly TimeSpan ShortTime = TimeSpan.FromMilliseconds(100);

    public static IEnumerable<string> Targets => AllTargets.Create().Select(target => target.Name);

    [TestCaseSource(nameof(Targets))]
    public async Task Holds_for_all_of_the_corpus_and_for_what_is_made_of_it(string name)
    {
        foreach (var seed in (int[])[1, Random.Shared.Next()])
        {
            var fuzzer = new Fuzzer(AllTargets.Create().Single(target => target.Name == name), seed);
            var finding = await Task.Run(() => fuzzer.Run(ShortTime, long.MaxValue)); // Away from NUnit's synchronization context.
            TestContext.Out.WriteLine($"{name}: {fuzzer.Executions} executions, seed {seed}");
            Assert.That(finding, Is.Null, $"seed {seed}");
        }
    }

    [Test]
    public void A_fault_is_found_and_made_short()
    {
        var finding = new Fuzzer(new BrokenTarget(), seed: 7).Run(TimeSpan.FromSeconds(10), 1_000_000);

        Assert.That(finding?.Input, Is.EqualTo("\r\n"u8.ToArray()), "nothing but what it takes");
        Assert.That(finding!.ToString(), Does.Contain(@"\r\n"));
    }

    [TestCase(@"GET /\r\n\x00\xff\\ \t", new byte[] { 71, 69, 84, 32, 47, 13, 10, 0, 255, 92, 32, 9 })]
    [TestCase(@"\x23a#", new byte[] { 35, 97, 35 })]
    public void The_notation_of_the_corpus_goes_both_ways(string line, byte[] bytes)
    {
        Assert.That(Notation.Read(line), Is.EqualTo(bytes));
        Assert.That(Notation.Show(bytes), Is.EqualTo(line));
    }

    [TestCase(@"\q")]
    [TestCase(@"\x1")]
    [TestCase("\u00e9")]
    public void What_is_no_notation_is_refused(string line) => Assert.That(() => Notation.Read(line), Throws.TypeOf<FormatException>());

    /// <summary>It cannot bear a line end.</summary>
    private sealed class BrokenTarget : FuzzTarget
    {
        public override string Name => "head";

        public override int Run(byte[] input)
        {
            Check(input.AsSpan().IndexOf("\r\n"u8) < 0, "no line ends");
            return input.Length;
        }
    }
}
