using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Fuzz.Peers;
using RawStream.Tests.Support;

namespace RawStream.Tests.Stopping;

/// <summary>What a stop says that it has done, to its caller and to the log.</summary>
public sealed class StopReportTests
{
    private ManualTime _time = null!;
    private Signal _mayFinish = null!;
    private TaskCompletionSource _never = null!;
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer()
    {
        (_time, _mayFinish, _never) = (new ManualTime(), new Signal(), new TaskCompletionSource());
        _server = new TestServer(time: _time);
        _server.Http
            .Map("GET /", _ => "fine")
            .Map("GET /finishes", async request =>
            {
                await _mayFinish.WaitAsync();
                return "finished";
            })
            .Map("GET /ends", _ => Response.Every(TimeSpan.FromHours(1), _ => "tick", time: _time))
            .Map("GET /heeds", async (request, response) =>
            {
                await response.FlushAsync();
                await Signal.Of(request.Aborted);
            })
            .Map("GET /stays", async (request, response) => await _never.Task);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _never.TrySetResult();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Each_response_is_counted_once()
    {
        await _server.Connect().GetAsync("/"); // Idle: nothing of it is cut.
        var clients = new List<TestClient>();
        foreach (var target in new[] { "/ends", "/finishes", "/heeds", "/stays" })
        {
            clients.Add(_server.Connect());
            await clients[^1].AskAsync(target);
        }
        await Patience.UntilAsync(() => _server.Http.Metrics.RunningHandlers == 4, "all are under way");

        var stopping = _server.Http.StopAsync(TimeSpan.FromSeconds(3));
        await UntilLeftAsync(3);
        _mayFinish.Set();
        await UntilLeftAsync(2);
        await _time.WaitForTimersAsync(2);
        _time.AdvanceSeconds(3);
        await UntilLeftAsync(1);
        await _time.WaitForTimersAsync(2);
        _time.Advance(new HttpTimeouts().AbortGrace);

        Assert.That(await stopping.Within(), Is.EqualTo(new StopReport(Finished: 1, Ended: 1, Aborted: 1, Cut: 1, TimeSpan.FromSeconds(4))));
        Assert.That(_server.Log.Lines.Single(line => line.Level == LogLevel.Warning).Text,
            Is.EqualTo("Stopped within 4000 ms: 1 responses have finished, 1 were ended by their policy, 1 were aborted, 1 had to be cut"));

        // Each has let its client know how it went.
        Assert.That(await clients[0].ReadToEndAsync(), Does.EndWith("\r\n\r\n0\r\n\r\n"));
        Assert.That(await clients[1].ReadToEndAsync(), Does.EndWith("finished"));
        Assert.That(await clients[2].ReadToEndAsync(), Does.EndWith("\r\n\r\n0\r\n\r\n"));
        await Assert.ThatAsync(clients[3].ReadToEndAsync, Throws.InstanceOf<IOException>());

        async Task UntilLeftAsync(int running)
        {
            await Patience.UntilAsync(() => _server.Http.Metrics.RunningHandlers == running, $"{running} are left");
            foreach (var client in clients.Take(4 - running)) client.Finish();
            await Patience.UntilAsync(() => _server.Http.Metrics.OpenConnections == running, $"{running} connections are left");
        }
    }

    [Test]
    public async Task A_server_without_work_has_nothing_to_report()
    {
        await _server.StartAsync();

        Assert.That(await _server.Http.StopAsync().Within(), Is.EqualTo(new StopReport(0, 0, 0, 0, TimeSpan.Zero)));
        Assert.That(_server.Log.Lines.Select(line => line.Text), Has.Some.StartsWith("Stopped within "));
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    /// <summary>It was idle for too long, and has no response under way: all that is left to do is to close it.</summary>
    [Test]
    public async Task A_connection_that_just_closes_is_not_counted()
    {
        var connection = new ScriptedConnection(4096, 4096);
        _server.Http.Serve(connection);
        _time.Advance(new HttpTimeouts().KeepAlive + TimeSpan.FromSeconds(1));
        await Patience.UntilAsync(() => connection.HasFinished, "it closes");

        var report = await _server.Http.StopAsync(new CancellationToken(canceled: true)).Within();

        Assert.That(report with { Elapsed = default }, Is.EqualTo(new StopReport(0, 0, 0, 0, default)));
    }

    /// <summary>It has its answer: nobody waits for it beyond the drain time, and nothing of it is cut.</summary>
    [Test]
    public async Task A_client_that_does_not_close_is_not_waited_for_after_the_drain_time()
    {
        var client = _server.Connect();
        var reply = await client.GetAsync("/", "Connection: close\r\n");

        var stopping = _server.Http.StopAsync();
        await _time.WaitForTimersAsync(2);
        var waits = !stopping.IsCompleted;
        _time.Advance(new HttpTimeouts().Drain);

        Assert.That(await stopping.Within(), Is.EqualTo(new StopReport(0, 0, 0, 0, new HttpTimeouts().Drain)));
        Assert.That(reply.Text, Is.EqualTo("fine"));
        Assert.That(waits);
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_head_that_does_not_come_to_its_end_is_cut_after_the_drain_time()
    {
        var client = _server.Connect();
        await client.SendAsync("GET / HTTP/1.1\r\nHost:");
        await Patience.UntilAsync(() => _server.Http.Metrics.OpenConnections == 1, "it is there");

        var stopping = _server.Http.StopAsync();
        await _time.WaitForTimersAsync(2);
        _time.Advance(new HttpTimeouts().Drain);

        Assert.That((await stopping.Within()).Elapsed, Is.EqualTo(new HttpTimeouts().Drain));
        await Assert.ThatAsync(client.ReadToEndAsync, Throws.InstanceOf<IOException>());
    }
}
