using NUnit.Framework;
using RawStream.Load.Compare;
using RawStream.Load.Report;

namespace RawStream.Tests.Bench;

/// <summary>What the tables of the comparison say of their runs.</summary>
public sealed class StatisticsTests
{
    [TestCase(new[] { 3.0 }, 3)]
    [TestCase(new[] { 9.0, 1, 2 }, 2)]
    [TestCase(new[] { 4.0, 1, 2, 9 }, 3)]
    [TestCase(new double[0], double.NaN)]
    public void Median(double[] values, double expected) => Assert.That(Statistics.Median(values), Is.EqualTo(expected));

    [Test]
    public void Spread_is_half_the_way_from_least_to_most() => Assert.That(Statistics.Spread([8, 10, 14]), Is.EqualTo(0.3));

    [Test]
    public void Ratio_is_to_the_best_form_of_Kestrel()
    {
        var table = new Case("table", [new Figure("rate", Better.More), new Figure("cost", Better.Less), new Figure("seen")], _ => []);
        var ours = new PeerResult("rawstream", [[30, 1, 5]], []);
        var result = new CaseResult("measure", table,
            [ours, new PeerResult("kestrel-flush", [[10, 4, 5]], []), new PeerResult("kestrel-write", [[15, 5, 5]], []), new PeerResult("go", [[60, 1, 1]], [])]);

        var ratios = Enumerable.Range(0, 3).Select(figure => Statistics.Ratio(result, ours, figure));

        Assert.That(ratios, Is.EqualTo(new[] { 2, 0.25, double.NaN }));
    }

    [Test]
    public void A_form_of_Kestrel_that_did_something_easier_is_not_the_bar()
    {
        var table = new Case("table", [new Figure("rate", Better.More), new Figure("own chunks")], _ => []) { IsComparable = run => run[1] == 100 };
        var ours = new PeerResult("rawstream", [[30, 100]], []);
        var result = new CaseResult("measure", table, [ours, new PeerResult("kestrel-event", [[10, 100]], []), new PeerResult("kestrel-drain", [[15, 1]], [])]);

        Assert.That(Statistics.Ratio(result, ours, 0), Is.EqualTo(3));
    }

    [Test]
    public void Percentiles_are_right_to_a_sixtieth()
    {
        var histogram = new Histogram();
        for (var i = 1; i <= 1000; i++) histogram.Add(TimeSpan.FromMicroseconds(i));
        histogram.Add(TimeSpan.FromSeconds(-1));

        foreach (var share in new[] { 0.5, 0.9, 0.99, 0.999 })
            Assert.That(histogram.Percentile(share).TotalMicroseconds, Is.InRange(1000 * share - 1, 1000 * share * 61 / 60));
        Assert.That(histogram.Percentile(0), Is.EqualTo(TimeSpan.Zero));
        Assert.That(new Histogram().Percentile(0.5), Is.EqualTo(TimeSpan.Zero));
    }

    [TestCase(1234567, "1234567")]
    [TestCase(12.345, "12.3")]
    [TestCase(0.0012345, "0.00123")]
    [TestCase(0, "0.00")]
    [TestCase(double.NaN, "–")]
    public void Number_has_three_digits(double value, string expected) => Assert.That(Cell.Number(value), Is.EqualTo(expected));
}
