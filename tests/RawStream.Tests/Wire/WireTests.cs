using NUnit.Framework;

namespace RawStream.Tests.Wire;

/// <summary>
/// Every case of tests/wire/*.md, in every delivery. The files are the lesson; here is only what plays them.
/// </summary>
[TestFixture]
public sealed class WireTests
{
    private static readonly IReadOnlyList<WireCase> Cases = WireMarkdown.ReadFolder(Path.Combine(AppContext.BaseDirectory, "wire"));

    private readonly ErrorLog _errors = new();
    private HttpServer _server = null!;

    [OneTimeSetUp]
    public void CreateServer() => _server = WireServer.Create(_errors);

    [OneTimeTearDown]
    public async Task NoRequestIsLoggedAsAnError()
    {
        await _server.DisposeAsync();
        Assert.That(_errors.Errors.Where(error => error.Exception is not WireServer.FailedOnPurposeException), Is.Empty);
    }

    [TestCaseSource(nameof(Deliveries))]
    public async Task Case(int index, Delivery delivery)
    {
        // NUnit's synchronization context would queue what a server does inline, and join reads that are meant to be apart.
        var problem = await Task.Run(() => WireCaseRunner.FindProblemAsync(_server, Cases[index], delivery));
        if (problem is not null) Assert.Fail(problem);
    }

    [Test]
    public void Case_names_are_unique() => Assert.That(Cases.Select(wire => wire.Name), Is.Unique);

    private static IEnumerable<TestCaseData> Deliveries() =>
        from index in Enumerable.Range(0, Cases.Count)
        from delivery in Cases[index].WholeOnly ? [Delivery.Whole] : Enum.GetValues<Delivery>()
        select new TestCaseData(index, delivery).SetName($"{Cases[index].Name}, {Describe(delivery)}");

    private static string Describe(Delivery delivery) => delivery switch
    {
        Delivery.Whole => "whole",
        Delivery.ByteByByte => "byte by byte",
        _ => "split at every position",
    };
}
