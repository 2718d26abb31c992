using NUnit.Framework;
using RawStream.Tests.Coding;
using RawStream.Tests.Events;
using RawStream.Tests.Support;
using RawStream.Tests.WebSockets;

namespace RawStream.Tests.Stopping;

/// <summary>How a stream ends when the server stops. Time stands still where nothing else is said: what ends, ends by its policy.</summary>
public sealed class StopPolicyTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>What has no end of its own, each in its usual way.</summary>
    private static readonly Dictionary<string, Func<Request, ManualTime, Response>> Endless = new()
    {
        ["Response.Every"] = (_, time) => Response.Every(Period, _ => "tick", time: time),
        ["Request.Every"] = (_, time) => Response.Stream(async (request, response) =>
        {
            await response.FlushAsync();
            await foreach (var now in request.Every(Period, time)) await response.WriteAsync("tick");
        }),
        ["Events"] = (_, _) => Response.Events(new Feed<string>()),
        ["Events, quietly"] = (_, _) => Response.Events(new Feed<string>(endsQuietly: true)),
        ["EventWriter"] = (request, _) => Response.Events(async events => await Task.Delay(Timeout.Infinite, request.Aborted)),
        ["Subscription"] = (_, _) => Response.Events(new Broadcast<string>().Subscribe()),
        ["Stream, now"] = (_, _) => Response.Stream(new Feed<string>()).With(StopPolicy.Now),
    };

    /// <summary>What may have an end.</summary>
    private static readonly Dictionary<string, Func<ManualTime, Response>> Patient = new()
    {
        ["Stream"] = _ => Response.Stream(new Feed<string>()),
        ["Events with an end"] = _ => Response.Events(new Feed<string>(), end: "[DONE]"),
        ["Every, patiently"] = time => Response.Every(Period, _ => "tick", time: time).With(StopPolicy.Finish),
        ["Subscription, patiently"] = _ => Response.Events(new Broadcast<string>().Subscribe()).With(StopPolicy.Finish),
    };

    private ManualTime _time = null!;
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer()
    {
        _time = new ManualTime();
        _server = new TestServer(time: _time);
    }

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [TestCaseSource(nameof(EndlessNames))]
    public async Task What_has_no_end_ends_at_once_and_properly(string name)
    {
        _server.Http.Map("GET /", request => Endless[name](request, _time));
        var client = await OpenAsync();

        var stopping = _server.Http.StopAsync();
        Assert.That(await client.ReadToEndAsync(), Does.EndWith(OnTheWire.LastChunk));
        await client.DisposeAsync();

        Assert.That(await stopping.Within() with { Elapsed = default }, Is.EqualTo(new StopReport(0, Ended: 1, 0, 0, default)));
        _server.Log.AssertQuiet();
    }

    [TestCaseSource(nameof(PatientNames))]
    public async Task What_may_have_an_end_has_time_for_it(string name)
    {
        _server.Http.Map("GET /", _ => Patient[name](_time));
        var client = await OpenAsync();

        var stopping = _server.Http.StopAsync();
        await _time.WaitForTimersAsync(name.StartsWith("Every", StringComparison.Ordinal) ? 3 : 2);
        _time.Advance(new HttpTimeouts().Drain / 2);
        var waits = client.IsSilent;
        _time.Advance(new HttpTimeouts().Drain);
        await client.ReadToEndAsync();
        await client.DisposeAsync();

        Assert.That(waits);
        Assert.That(await stopping.Within() with { Elapsed = default }, Is.EqualTo(new StopReport(0, 0, Aborted: 1, 0, default)));
    }

    [Test]
    public async Task Now_makes_a_whole_response_of_what_was_flushed([Values("", "gzip", "br")] string coding)
    {
        if (coding.Length > 0) _server.Http.UseCompression();
        _server.Http.Map("GET /", (request, response) => WriteAndWaitAsync(request, response, StopPolicy.Now));
        var client = _server.Connect();
        await client.AskAsync("/", fields: $"Accept-Encoding: {coding}\r\n");
        await UntilRunningAsync();

        var stopping = _server.Http.StopAsync();
        var reply = await client.ReadReplyAsync();
        await client.DisposeAsync();

        Assert.That(Coded.Decode(reply["Content-Encoding"], reply.Text), Is.EqualTo("first"));
        Assert.That(reply["Content-Encoding"], Is.EqualTo(coding.Length > 0 ? coding : null));
        Assert.That((await stopping.Within()).Ended, Is.EqualTo(1));
    }

    [Test]
    public async Task Finish_leaves_what_its_handler_has_broken_off_unfinished()
    {
        _server.Http.Map("GET /", (request, response) => WriteAndWaitAsync(request, response, StopPolicy.Finish));
        var client = await OpenAsync("first\r\n");

        var stopping = _server.Http.StopAsync(TimeSpan.Zero);

        Assert.That(await client.ReadToEndAsync(), Is.Empty, "no last chunk: it is not whole");
        await client.DisposeAsync();
        Assert.That((await stopping.Within()).Aborted, Is.EqualTo(1));
    }

    [Test]
    public async Task Now_does_not_make_a_response_shorter_than_it_has_promised()
    {
        _server.Http.Map("GET /", async (request, response) =>
        {
            response.Headers["Content-Length"] = "10";
            await WriteAndWaitAsync(request, response, StopPolicy.Now);
        });
        var client = await OpenAsync("first");

        var stopping = _server.Http.StopAsync();

        Assert.That(await client.ReadToEndAsync(), Is.Empty);
        await client.DisposeAsync();
        await stopping.Within();
        _server.Log.AssertQuiet();
    }

    [Test]
    public async Task A_policy_that_comes_after_the_stop_is_heeded()
    {
        var mayChoose = new Signal();
        _server.Http.Map("GET /", async (request, response) =>
        {
            await response.WriteAsync("first");
            await mayChoose.WaitAsync();
            response.StopPolicy = StopPolicy.Now;
            await Signal.Of(request.Aborted);
        });
        var client = await OpenAsync("first\r\n");

        var stopping = _server.Http.StopAsync();
        await _time.WaitForTimersAsync(2);
        mayChoose.Set();

        Assert.That(await client.ReadToEndAsync(), Is.EqualTo(OnTheWire.LastChunk));
        await client.DisposeAsync();
        Assert.That((await stopping.Within()).Ended, Is.EqualTo(1));
    }

    public enum Way { Writer, Pipe, Sequence, EventSequence }

    [Test]
    public async Task AfterNextEvent_waits_for_one_flush([Values] Way way)
    {
        var feed = new Feed<string>().Give("first");
        Response made = way switch
        {
            Way.EventSequence => Response.Events(feed, options: new EventStreamOptions { StopRetry = null }),
            Way.Sequence => Response.Stream(feed),
            _ => Response.Stream((request, response) => WriteAllAsync(feed, request, response, way)),
        };
        _server.Http.Map("GET /", _ => made.With(StopPolicy.AfterNextEvent));
        var client = await OpenAsync(way == Way.EventSequence ? "first\n\n\r\n" : "first\r\n");

        var stopping = _server.Http.StopAsync();
        await _time.WaitForTimersAsync(2);
        var waits = client.IsSilent;
        feed.Give("second", "third");
        var rest = await client.ReadToEndAsync();
        await client.DisposeAsync();

        Assert.That(waits);
        Assert.That(rest, Is.EqualTo(OnTheWire.Chunk(way == Way.EventSequence ? "data: second\n\n" : "second") + OnTheWire.LastChunk));
        Assert.That((await stopping.Within()).Ended, Is.EqualTo(1));
    }

    [Test]
    public async Task AfterNextEvent_of_a_subscription_waits_for_one_event()
    {
        var news = new Broadcast<string>();
        _server.Http.Map("GET /", _ => Response.Events(news.Subscribe(), new EventStreamOptions { StopRetry = null }).With(StopPolicy.AfterNextEvent));
        var client = await OpenAsync();

        var stopping = _server.Http.StopAsync();
        await _time.WaitForTimersAsync(2);
        var waits = client.IsSilent;
        news.Publish("second");
        var rest = await client.ReadToEndAsync();
        await client.DisposeAsync();

        Assert.That(waits);
        Assert.That(rest, Does.Match("^[0-9a-f]+\r\nid: .*\ndata: second\n\n\r\n0\r\n\r\n$"));
        Assert.That((await stopping.Within()).Ended, Is.EqualTo(1));
    }

    [Test]
    public async Task A_WebSocket_is_told_1001_when_its_policy_says([Values] StopPolicy policy)
    {
        var mayGoOn = new Signal();
        _server.Http.Map("GET /ws", _ => Response.WebSocket(async socket =>
        {
            await mayGoOn.WaitAsync();
            await socket.SendAsync("one");
            await foreach (var message in socket.ReadAllAsync()) await socket.SendAsync(message);
        }).With(policy));
        var client = await RawSocket.OpenAsync(_server);

        var stopping = _server.Http.StopAsync();
        await _time.WaitForTimersAsync(2);
        var waits = policy != StopPolicy.Now && client.Client.IsSilent;
        if (policy != StopPolicy.Now) mayGoOn.Set();
        if (policy != StopPolicy.Now) Assert.That((await client.ReadAsync()).Text, Is.EqualTo("one"));
        if (policy == StopPolicy.Finish) _time.Advance(new HttpTimeouts().Drain);

        Assert.That(await client.ReadCloseAsync(), Is.EqualTo(1001));
        Assert.That(waits, Is.EqualTo(policy != StopPolicy.Now));
        mayGoOn.Set();
        await client.SendAsync(ClientFrame.Close(1001));
        await client.Client.ReadToEndAsync();
        await client.Client.DisposeAsync();
        Assert.That(await stopping.Within() with { Elapsed = default }, Is.EqualTo(policy == StopPolicy.Finish ? new StopReport(0, 0, 1, 0, default) : new StopReport(0, 1, 0, 0, default)));
    }

    [Test]
    public async Task There_are_three()
    {
        _server.Http.Map("GET /", (request, response) =>
        {
            Assert.That(response.StopPolicy, Is.EqualTo(StopPolicy.Finish));
            response.StopPolicy = (StopPolicy)3;
            return default;
        });
        _server.Http.Map("GET /again", (request, response) =>
        {
            response.StopPolicy = StopPolicy.Now;
            return response.WriteAsync("fine");
        });

        Assert.That((await _server.GetAsync("/")).Status, Is.EqualTo(500));
        Assert.That(_server.Log.Lines.Single(line => line.Exception is not null).Exception, Is.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Response.Empty().With((StopPolicy)(-1)), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _server.Http.StopAsync(TimeSpan.FromSeconds(-2)), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That((await _server.GetAsync("/again")).Text, Is.EqualTo("fine"));
    }

    private static async ValueTask WriteAndWaitAsync(Request request, ResponseWriter response, StopPolicy policy)
    {
        response.StopPolicy = policy;
        response.Headers["Content-Type"] = "text/plain";
        await response.WriteAsync("first");
        await Task.Delay(Timeout.Infinite, request.Aborted);
    }

    private static async ValueTask WriteAllAsync(Feed<string> feed, Request request, ResponseWriter response, Way way)
    {
        await foreach (var text in feed.WithCancellation(request.Aborted))
        {
            if (request.Aborted.IsCancellationRequested) return;
            if (way == Way.Writer)
            {
                await response.WriteAsync(text);
            }
            else
            {
                System.Text.Encoding.UTF8.GetBytes(text, response.Body.GetSpan(text.Length));
                response.Body.Advance(text.Length);
                await response.Body.FlushAsync();
            }
            if (text == "second") await Signal.Of(request.Aborted);
        }
    }

    /// <summary>A client whose response has begun.</summary>
    private async Task<TestClient> OpenAsync(string until = "\r\n\r\n")
    {
        var client = _server.Connect();
        await client.AskAsync("/");
        await client.ReadUntilAsync(until);
        await UntilRunningAsync();
        return client;
    }

    private Task UntilRunningAsync() => Patience.UntilAsync(() => _server.Http.Metrics.RunningHandlers == 1, "the handler runs");

    private static string[] EndlessNames() => [.. Endless.Keys];

    private static string[] PatientNames() => [.. Patient.Keys];
}
