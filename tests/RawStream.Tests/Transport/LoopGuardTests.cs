using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Transport.Epoll;

namespace RawStream.Tests.Transport;

/// <summary>A handler that holds up its event loop again and again leaves it, and one that others hold up does not.</summary>
public sealed class LoopGuardTests
{
    [Test, Platform("Linux")]
    public async Task A_handler_that_blocks_again_and_again_begins_on_the_thread_pool_in_the_end()
    {
        var time = new ManualTime();
        var threads = new ConcurrentQueue<string?>();
        await using var server = new TestServer(time: time, transport: HttpTransport.Epoll);
        server.Http.Map("GET /{milliseconds}", request =>
        {
            threads.Enqueue(Thread.CurrentThread.Name);
            time.Advance(Milliseconds(request, "milliseconds"));
            return "Hello";
        });
        var client = await server.ConnectTcpAsync();

        // In the second and third the thread may have been starved indeed.
        foreach (var milliseconds in new[] { 25, 500, 24, 25, 500, 24, 25, 500, 500, 0 }) Assert.That((await client.GetAsync($"/{milliseconds}")).Text, Is.EqualTo("Hello"));

        var onLoop = threads.Select(thread => thread?.StartsWith("RawStream loop", StringComparison.Ordinal) ?? false);
        Assert.That(onLoop, Is.EqualTo(new[] { true, true, true, true, true, true, true, true, true, false }));
        var warning = server.Log.Lines.Single(line => line.Level >= LogLevel.Warning);
        Assert.That(warning.Text, Does.StartWith("GET /500 has held up its event loop for ").And.Contain(" ms, the last of 3 such calls in a row"));
    }

    /// <summary>The machine is busy: that is no reason to complain of a handler, and to make its requests dearer.</summary>
    [TestCase("30/0 30/5 30/5", true)]
    [TestCase("30/0 30/6 30/6 30/6 30/6 30/6", false)]
    [TestCase("30/0 30/5 30/6 30/0 30/5 24/0 30/0 30/5", false)]
    [TestCase("30/30 90/65 90/65", true)] // The first is suspected unheard.
    public async Task The_time_for_which_others_had_the_processor_does_not_count(string calls, bool isSlow)
    {
        var time = new ManualTime();
        var starvation = TimeSpan.Zero;
        await using var server = new TestServer(time: time, transport: HttpTransport.Sockets); // It has no guard of its own.
        server.Http.Use(next => new LoopGuard(next, time, () => starvation, server.Log).HandleAsync);
        server.Http.Map("GET /{all}/{starved}", request =>
        {
            time.Advance(Milliseconds(request, "all"));
            starvation += Milliseconds(request, "starved");
            return "Hello";
        });
        var client = server.Connect();

        foreach (var call in calls.Split(' ')) await client.GetAsync("/" + call);

        Assert.That(server.Log.Lines.Count(line => line.Level >= LogLevel.Warning), Is.EqualTo(isSlow ? 1 : 0));
    }

    [Test, Platform("Linux")]
    public async Task A_thread_that_does_not_get_a_processor_starves()
    {
        using var enough = new CancellationTokenSource();
        var greedy = Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => Task.Factory.StartNew(() => SpinWhile(() => !enough.IsCancellationRequested), TaskCreationOptions.LongRunning)).ToList();
        var start = Starvation.OfThisThread();

        var hasStarved = SpinWhile(() => Starvation.OfThisThread() < start + TimeSpan.FromMilliseconds(25));

        await enough.CancelAsync();
        await Task.WhenAll(greedy);
        Assert.That(hasStarved);
    }

    [Test]
    public void While_garbage_is_collected_all_threads_starve()
    {
        var start = Starvation.OfThisThread();

        var hasStarved = SpinWhile(() =>
        {
            GC.Collect();
            return Starvation.OfThisThread() < start + TimeSpan.FromMilliseconds(1);
        });

        Assert.That(hasStarved);
    }

    /// <summary>False when it has taken too long.</summary>
    private static bool SpinWhile(Func<bool> condition)
    {
        var end = Environment.TickCount64 + (long)Patience.Limit.TotalMilliseconds;
        while (condition())
        {
            if (Environment.TickCount64 > end) return false;
        }
        return true;
    }

    private static TimeSpan Milliseconds(Request request, string name) => TimeSpan.FromMilliseconds(int.Parse(request.Route[name]!, CultureInfo.InvariantCulture));
}
