using NUnit.Framework;
using RawStream.Load.Soak;
using RawStream.Load.Subject;

namespace RawStream.Tests.Bench;

/// <summary>A soak is worth something only if it notices what is wrong.</summary>
[Platform("Linux")]
public sealed class SoakTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan VeryShort = TimeSpan.FromMilliseconds(100);

    [Test]
    public async Task A_soak_of_a_second_finds_nothing()
    {
        var result = await TrialSite.RunAsync(site => new SoakRun(site, Short).RunAsync());

        Assert.That(result.Ledger.Examples, Is.Empty);
        Assert.That(result.Ledger.Bytes, Is.GreaterThan(100_000));
        // This process has handles of other tests.
        Assert.That(result.Checks.Where(check => !check.Name.StartsWith("handles", StringComparison.Ordinal) && !check.Holds), Is.Empty);
    }

    [TestCase("streams", "/stream", "wrong bytes", nameof(FlipAByte))]
    [TestCase("TLS streams", "/stream", "wrong bytes", nameof(FlipAByte))]
    [TestCase("compressed streams", "/stream", "wrong bytes", nameof(FlipAByte))]
    [TestCase("streams", "/stream", "a wrong length", nameof(LoseAChunk))]
    [TestCase("streams", "/stream", "chunks are not writes", nameof(JoinChunks))]
    [TestCase("ticks", "/tick", "a tick is not the next one", nameof(LoseATick))]
    [TestCase("events", "/sse", "events are lost", nameof(LoseAnEvent))]
    [TestCase("events", "/sse", "events come twice", nameof(RepeatAnEvent))]
    [TestCase("pipelining", "/pattern", "wrong bytes", nameof(AnswerAnother))]
    [TestCase("bodies", "/echo", "wrong bytes", nameof(LoseTheBody))]
    [TestCase("bad requests", "/stream", "status 200", nameof(LoseTheBody))]
    public async Task A_soak_notices(string worker, string path, string broken, string fault)
    {
        var workers = Worker.All.Where(one => one.Name == worker).ToArray();
        var handler = typeof(SoakTests).GetMethod(fault)!.CreateDelegate<Handler>();

        var result = await TrialSite.RunAsync(site => new SoakRun(site, VeryShort) { Workers = workers, Seed = 1 }.RunAsync(), path, handler);

        Assert.That(result.Ledger.Broken.Select(kind => kind.Key), Has.Some.StartsWith(worker).And.Contains(broken));
        Assert.That(result.Holds, Is.False);
    }

    [Test]
    public async Task A_soak_notices_an_end_that_nobody_asked_for()
    {
        var workers = Worker.All.Where(one => one.Name == "streams").ToArray();

        var result = await TrialSite.RunAsync(site => new SoakRun(site, VeryShort) { Workers = workers }.RunAsync(), "/stream", FailLate);

        Assert.That(result.Ledger.Unexpected, Is.Not.Empty);
        Assert.That(result.Holds, Is.False);
    }

    public static ValueTask FlipAByte(Request request, ResponseWriter response) => SendAsync(request, response, chunk => chunk[^1] ^= 1);

    public static ValueTask LoseAChunk(Request request, ResponseWriter response) => SendAsync(request, response, _ => { }, lost: 1);

    public static async ValueTask JoinChunks(Request request, ResponseWriter response)
    {
        var content = Pattern.Bytes(SubjectRoutes.Number(request, "seed"), SubjectRoutes.Number(request, "size") * SubjectRoutes.Number(request, "chunks"));
        await response.FlushAsync();
        await response.WriteAsync(content.AsMemory(..^1));
        await response.WriteAsync(content.AsMemory(^1..));
    }

    public static async ValueTask LoseATick(Request request, ResponseWriter response)
    {
        await response.WriteAsync("tick 1\n");
        await response.WriteAsync("tick 3\n");
    }

    public static ValueTask LoseAnEvent(Request request, ResponseWriter response) => SendEventsAsync(response, 7, 9);

    public static ValueTask RepeatAnEvent(Request request, ResponseWriter response) => SendEventsAsync(response, 7, 7);

    public static ValueTask AnswerAnother(Request request, ResponseWriter response) =>
        response.WriteAsync(Pattern.Bytes(SubjectRoutes.Number(request, "seed") / 2 + 1, SubjectRoutes.Number(request, "size")));

    public static ValueTask LoseTheBody(Request request, ResponseWriter response) => response.WriteAsync("x");

    private static async ValueTask FailLate(Request request, ResponseWriter response)
    {
        await response.WriteAsync(Pattern.Bytes(SubjectRoutes.Number(request, "seed"), 1));
        throw new DeliberateException();
    }

    private static async ValueTask SendAsync(Request request, ResponseWriter response, Action<byte[]> change, int lost = 0)
    {
        var (size, seed) = (SubjectRoutes.Number(request, "size"), SubjectRoutes.Number(request, "seed"));
        response.Headers["Content-Type"] = "text/plain";
        await response.FlushAsync();
        var content = Pattern.Bytes(seed, size * SubjectRoutes.Number(request, "chunks"));
        change(content);
        for (var sent = 0; sent < content.Length - lost * size; sent += size) await response.WriteAsync(content.AsMemory(sent, size));
    }

    private static async ValueTask SendEventsAsync(ResponseWriter response, params int[] numbers)
    {
        response.Headers["Content-Type"] = "text/event-stream";
        foreach (var (index, number) in numbers.Index()) await response.WriteAsync($"id: {index}\ndata: {SubjectEvents.Data(number)}\n\n");
    }
}
