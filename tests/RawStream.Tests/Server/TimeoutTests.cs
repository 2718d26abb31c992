using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>
/// The timeouts of <see cref="HttpTimeouts"/>, in no time: the clock is the test's. What the server does when the clock goes on, it does
/// inline.
/// </summary>
public sealed class TimeoutTests
{
    // The clock of the server goes in steps of a quarter second; a deadline is seen one step late at most, counted from one step early.
    private const double Step = 0.5;

    private ManualTime _time = null!;

    [SetUp]
    public void CreateTime() => _time = new ManualTime();

    [Test]
    public async Task Head_that_comes_too_slowly_is_a_408()
    {
        await using var server = NewServer(new HttpTimeouts { Head = TimeSpan.FromSeconds(10) });
        var client = server.Connect();
        await client.SendAsync("GET / HTTP/1.1\r\n");

        // A byte now and then does not help: it is the whole head that has to be there.
        for (var i = 0; i < 9; i++)
        {
            _time.AdvanceSeconds(1);
            await client.SendAsync("X");
        }
        var openBefore = client.IsSilent;
        _time.AdvanceSeconds(1 + Step);
        var reply = await client.ReadReplyAsync();

        Assert.That(openBefore);
        Assert.That(reply.Status, Is.EqualTo(408));
        Assert.That(reply.Closes);
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task Head_counts_from_the_first_byte_and_anew_for_each_request()
    {
        await using var server = NewServer(new HttpTimeouts { Head = TimeSpan.FromSeconds(10), KeepAlive = TimeSpan.FromSeconds(100) });
        var client = server.Connect();

        _time.AdvanceSeconds(50);
        await client.SendAsync("GET / HTT");
        _time.AdvanceSeconds(9);
        await client.SendAsync("P/1.1\r\nHost: test\r\n\r\n");
        var first = await client.ReadReplyAsync();
        _time.AdvanceSeconds(50);
        await client.SendAsync("GET / HTT");
        _time.AdvanceSeconds(9);
        await client.SendAsync("P/1.1\r\nHost: test\r\n\r\n");

        Assert.That(first.Status, Is.EqualTo(200));
        Assert.That((await client.ReadReplyAsync()).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task KeepAlive_closes_a_connection_that_has_asked_nothing([Values] bool afterOneRequest)
    {
        await using var server = NewServer(new HttpTimeouts { KeepAlive = TimeSpan.FromSeconds(10) });
        var client = server.Connect();
        if (afterOneRequest) await client.GetAsync("/");

        _time.AdvanceSeconds(9.5);
        var openBefore = client.IsSilent;
        _time.AdvanceSeconds(Step + Step);

        Assert.That(openBefore);
        Assert.That(await client.ReadToEndAsync(), Is.Empty, "without a word: nothing was asked");
    }

    [Test]
    public async Task KeepAlive_does_not_end_a_handler_that_waits()
    {
        var mayEnd = new Signal();
        await using var server = NewServer(new HttpTimeouts { KeepAlive = TimeSpan.FromSeconds(1), Head = TimeSpan.FromSeconds(1), Linger = TimeSpan.FromSeconds(1) });
        server.Http.Map("GET /wait", async (request, response) =>
        {
            await mayEnd.WaitAsync();
            await response.WriteAsync(request.Aborted.IsCancellationRequested ? "aborted" : "fine");
        });
        var client = server.Connect();

        await client.AskAsync("/wait");
        _time.Advance(TimeSpan.FromDays(1));
        mayEnd.Set();

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("fine"));
    }

    [TestCase("Content-Length: 100000\r\n\r\n")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n186a0\r\n")]
    public async Task A_body_that_comes_too_slowly_is_a_408(string fields)
    {
        await using var server = NewServer(new HttpTimeouts { BodyGrace = TimeSpan.FromSeconds(5), BodyBytesPerSecond = 100 });
        var client = server.Connect();
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: test\r\n{fields}");

        for (var i = 0; i < 9; i++)
        {
            await client.SendAsync(new byte[50]);
            _time.AdvanceSeconds(0.5);
        }
        var openBefore = client.IsSilent;
        _time.AdvanceSeconds(1 + Step);
        var reply = await client.ReadReplyAsync();

        Assert.That(openBefore, "the grace is not over");
        Assert.That(reply.Status, Is.EqualTo(408));
        Assert.That(reply.Closes);
    }

    [Test]
    public async Task A_body_that_comes_fast_enough_may_take_for_ever()
    {
        await using var server = NewServer(new HttpTimeouts { BodyGrace = TimeSpan.FromSeconds(5), BodyBytesPerSecond = 100 });
        var client = server.Connect();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 12000\r\n\r\n");

        for (var i = 0; i < 200; i++)
        {
            await client.SendAsync(new byte[60]);
            _time.AdvanceSeconds(0.5);
        }

        Assert.That((await client.ReadReplyAsync()).Text, Has.Length.EqualTo(12000));
    }

    [Test]
    public async Task The_time_in_which_the_handler_does_not_read_is_not_the_client_s()
    {
        var mayRead = new TaskCompletionSource();
        await using var server = NewServer(new HttpTimeouts { BodyGrace = TimeSpan.FromSeconds(5) });
        server.Http.Map("POST /late", async request =>
        {
            await mayRead.Task;
            return await request.ReadTextAsync();
        });
        var client = server.Connect();
        await client.SendAsync("POST /late HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n");

        _time.AdvanceSeconds(1000);
        mayRead.SetResult();
        _time.AdvanceSeconds(4);
        await client.SendAsync("hello");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("hello"));
    }

    [TestCase(0, 5)]
    [TestCase(240, -1)]
    public async Task The_body_s_rate_and_its_grace_can_be_turned_off(int bytesPerSecond, int grace)
    {
        await using var server = NewServer(new HttpTimeouts { BodyBytesPerSecond = bytesPerSecond, BodyGrace = grace < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(grace) });
        var client = server.Connect();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n");

        _time.AdvanceSeconds(1000);
        await client.SendAsync("hello");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("hello"));
    }

    [Test]
    public async Task A_body_that_nobody_reads_and_that_does_not_come_ends_the_connection()
    {
        await using var server = NewServer(new HttpTimeouts { BodyGrace = TimeSpan.FromSeconds(5) });
        server.Http.Map("POST /noread", _ => "fine");
        var client = server.Connect();
        await client.SendAsync("POST /noread HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n");
        var reply = await client.ReadReplyAsync();

        _time.AdvanceSeconds(5 + Step);

        Assert.That(reply.Text, Is.EqualTo("fine"));
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task A_write_without_progress_ends_the_stream_and_fires_Aborted([Values] bool setByHandler)
    {
        var aborted = new Signal();
        await using var server = NewServer(new HttpTimeouts { Write = TimeSpan.FromSeconds(setByHandler ? 1000 : 10) });
        server.Http.Map("GET /stream", async (request, response) =>
        {
            if (setByHandler) response.WriteTimeout = TimeSpan.FromSeconds(10);
            request.Aborted.UnsafeRegister(_ => aborted.Set(), null);
            while (true) await response.WriteAsync(new byte[1000]);
        });
        var client = server.Connect();
        await client.AskAsync("/stream");

        // Whether a queued sender has come to the end of the client's window gives no signal.
        var start = _time.GetUtcNow();
        await Patience.UntilAsync(() => AdvanceUntil(aborted), "Aborted fires");

        Assert.That(_time.GetUtcNow() - start, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(10)));
        await server.UntilIdleAsync();
        server.Log.AssertQuiet();
    }

    [Test]
    public async Task A_write_timeout_that_is_turned_off_waits_for_ever()
    {
        await using var server = NewServer(new HttpTimeouts { Write = Timeout.InfiniteTimeSpan });
        server.Http.Map("GET /stream", (request, response) => response.WriteAsync(new byte[300_000]));
        var client = server.Connect();
        await client.AskAsync("/stream");

        for (var day = 0; day < 100; day++) _time.Advance(TimeSpan.FromHours(1));

        Assert.That((await client.ReadReplyAsync()).Text, Has.Length.EqualTo(300_000));
    }

    [Test]
    public async Task A_client_that_reads_slowly_but_steadily_survives()
    {
        const int size = 300_000;
        await using var server = NewServer(new HttpTimeouts { Write = TimeSpan.FromSeconds(5) });
        server.Http.Map("GET /stream", (request, response) => response.WriteAsync(new byte[size]));
        var client = server.Connect();
        client.ReadAtMost(1000);
        await client.AskAsync("/stream");

        await client.ReadUntilAsync("\r\n\r\n");
        for (var i = 0; i < size / 1000; i++)
        {
            _time.AdvanceSeconds(4);
            await client.ReadTextAsync(1000);
        }

        Assert.That(await client.ReadUntilAsync("0\r\n\r\n"), Does.EndWith("\r\n0\r\n\r\n"));
        server.Log.AssertQuiet();
    }

    [Test]
    public async Task A_quiet_stream_is_not_a_stalled_one()
    {
        await using var server = NewServer(new HttpTimeouts());
        server.Http.Map("GET /tick", async (request, response) =>
        {
            await foreach (var now in Ticker.Every(TimeSpan.FromHours(1), _time, request.Aborted)) await response.WriteAsync($"{now:HH};");
        });
        var client = server.Connect();
        await client.AskAsync("/tick");
        await _time.WaitForTimersAsync(2);

        for (var hour = 13; hour < 24; hour++)
        {
            _time.Advance(TimeSpan.FromHours(1));
            Assert.That(await client.ReadUntilAsync(";\r\n"), Does.EndWith($"3\r\n{hour};\r\n"));
        }
    }

    [Test]
    public async Task The_write_timeout_counts_after_the_handler_too()
    {
        await using var server = NewServer(new HttpTimeouts { Write = TimeSpan.FromSeconds(10), Linger = TimeSpan.FromSeconds(1000) }, LargeBuffer);
        server.Http.Map("GET /large", _ => new string('x', 100_000)); // More than the client's window, less than the buffer.
        var client = server.Connect();
        await client.AskAsync("/large");
        Assert.That(server.Http.Metrics.RunningHandlers, Is.Zero);

        var start = _time.GetUtcNow();
        await Patience.UntilAsync(() => AdvanceUntil(server.Http.Metrics.OpenConnections == 0), "the connection is ended");

        Assert.That(_time.GetUtcNow() - start, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(10)));
    }

    [Test]
    public async Task Linger_ends_the_wait_for_a_client_that_was_refused()
    {
        await using var server = NewServer(new HttpTimeouts { Linger = TimeSpan.FromSeconds(10) });
        var client = server.Connect();
        await client.SendAsync("nonsense\r\n");
        Assert.That((await client.ReadReplyAsync()).Status, Is.EqualTo(400));
        Assert.That(await client.ReadToEndAsync(), Is.Empty);

        for (var i = 0; i < 9; i++)
        {
            await client.SendAsync("still sending");
            _time.AdvanceSeconds(1);
        }
        var openBefore = server.Http.Metrics.OpenConnections;
        _time.AdvanceSeconds(1 + Step);

        Assert.That(openBefore, Is.EqualTo(1));
        await server.UntilIdleAsync();
        await Assert.ThatAsync(() => client.SendAsync("x"), Throws.InstanceOf<IOException>());
    }

    /// <summary>The lingering read is what keeps the end of a response from being reset away, however long its sending took.</summary>
    [Test]
    public async Task Linger_counts_from_when_the_response_was_sent()
    {
        await using var server = NewServer(new HttpTimeouts { Linger = TimeSpan.FromSeconds(2), Write = TimeSpan.FromSeconds(1000) }, LargeBuffer);
        server.Http.Map("GET /large", _ => new string('x', 100_000)); // More than the client's window, less than the buffer.
        var client = server.Connect();
        await client.AskAsync("/large", fields: "Connection: close\r\n");

        _time.AdvanceSeconds(5);
        var reply = await client.ReadReplyAsync();
        Assert.That(await client.ReadToEndAsync(), Is.Empty);

        Assert.That(reply.Text, Has.Length.EqualTo(100_000));
        await Assert.ThatAsync(() => client.SendAsync("still sending"), Throws.Nothing);
        _time.AdvanceSeconds(2 + 2 * Step);
        await server.UntilIdleAsync();
    }

    [Test]
    public async Task Drain_tells_handlers_and_then_cuts_them()
    {
        var started = new Signal();
        var aborted = new Signal();
        var never = new TaskCompletionSource();
        await using var server = NewServer(new HttpTimeouts { Drain = TimeSpan.FromSeconds(10), AbortGrace = TimeSpan.FromSeconds(5) });
        server.Http.Map("GET /stubborn", async (request, response) =>
        {
            request.Aborted.UnsafeRegister(_ => aborted.Set(), null);
            started.Set();
            await never.Task;
        });
        var client = server.Connect();
        await client.AskAsync("/stubborn");
        await started.WaitAsync();

        var stopping = server.Http.StopAsync();
        await _time.WaitForTimersAsync(2);
        _time.AdvanceSeconds(9);
        var abortedEarly = aborted.HasCome;
        _time.AdvanceSeconds(1);
        await aborted.WaitAsync();
        await _time.WaitForTimersAsync(2);
        _time.AdvanceSeconds(4);
        var stoppedEarly = stopping.IsCompleted;
        _time.AdvanceSeconds(1);
        await stopping.Within();

        Assert.That(abortedEarly || stoppedEarly, Is.False);
        await Assert.ThatAsync(client.ReadToEndAsync, Throws.InstanceOf<IOException>());
        never.SetResult();
    }

    /// <summary>What it does is in VanishedPeerTests.</summary>
    [TestCase(-1)]
    [TestCase(1)]
    [TestCase(100_000)]
    [TestCase(2_000_000)]
    public async Task VanishedPeer_is_an_option_that_the_system_takes(int seconds)
    {
        await using var server = NewServer(new HttpTimeouts { VanishedPeer = seconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(seconds) });

        var client = await server.ConnectTcpAsync();

        Assert.That((await client.GetAsync("/")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task All_of_them_can_be_turned_off()
    {
        var off = Timeout.InfiniteTimeSpan;
        await using var server = NewServer(new HttpTimeouts { Head = off, KeepAlive = off, Write = off, Linger = off, Drain = off, AbortGrace = off });
        var client = server.Connect();

        _time.Advance(TimeSpan.FromDays(1));
        await client.SendAsync("GET / ");
        _time.Advance(TimeSpan.FromDays(1));
        await client.SendAsync("HTTP/1.1\r\nHost: test\r\n\r\n");

        Assert.That((await client.ReadReplyAsync()).Status, Is.EqualTo(200));
    }

    private static HttpLimits LargeBuffer => new() { ResponseBufferBytes = 1024 * 1024 };

    private bool AdvanceUntil(Signal signal) => AdvanceUntil(signal.HasCome);

    private bool AdvanceUntil(bool hasCome)
    {
        if (!hasCome) _time.AdvanceSeconds(0.25);
        return hasCome;
    }

    private TestServer NewServer(HttpTimeouts timeouts, HttpLimits? limits = null)
    {
        var server = new TestServer(limits, timeouts, _time);
        server.Http.Map("GET /", _ => "fine");
        server.Http.Map("POST /", async request => await request.ReadTextAsync());
        return server;
    }
}
