using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>The server stops: what has ended goes, what runs may finish, what will not is cut. The clock stands still where nothing else is said.</summary>
public sealed class StopTests
{
    private ManualTime _time = null!;

    [SetUp]
    public void CreateTime() => _time = new ManualTime();

    [Test]
    public async Task Idle_connections_are_closed_at_once([Values] bool overSocket, [Values] bool afterOneRequest)
    {
        await using var server = NewServer();
        var client = overSocket ? await server.ConnectTcpAsync() : server.Connect();
        await Patience.UntilAsync(() => server.Http.Metrics.OpenConnections == 1, "it is accepted");
        if (afterOneRequest) await client.GetAsync("/");

        var stopping = server.Http.StopAsync();
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
        await client.DisposeAsync();

        await stopping.Within();
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [TestCase("/text")]
    [TestCase("/empty")]
    [TestCase("/chunked")]
    [TestCase("/declared")]
    public async Task A_response_in_flight_is_finished_and_says_that_the_connection_closes(string target)
    {
        await using var server = NewServer();
        var mayEnd = MapWaiting(server, out var started);
        var client = server.Connect();
        await client.AskAsync(target);
        await started.WaitAsync();

        var stopping = server.Http.StopAsync();
        await _time.WaitForTimersAsync(2);
        mayEnd.Set();
        var reply = await client.ReadReplyAsync();
        await client.DisposeAsync();
        await stopping.Within();

        Assert.That(reply.Status, Is.EqualTo(200));
        Assert.That(reply.Text, Is.EqualTo(target == "/empty" ? "" : "finished"));
        Assert.That(reply.Closes);
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_request_that_comes_after_the_one_in_flight_is_not_served()
    {
        await using var server = NewServer();
        var mayEnd = MapWaiting(server, out var started);
        var client = server.Connect();
        await client.SendAsync("GET /chunked HTTP/1.1\r\nHost: test\r\n\r\nGET / HTTP/1.1\r\nHost: test\r\n\r\n");
        await started.WaitAsync();

        var stopping = server.Http.StopAsync();
        await _time.WaitForTimersAsync(2);
        mayEnd.Set();
        var first = await client.ReadReplyAsync();
        var rest = await client.ReadToEndAsync();
        await client.DisposeAsync();
        await stopping.Within();

        Assert.That(first.Text, Is.EqualTo("finished"));
        Assert.That(rest, Is.Empty);
    }

    /// <summary>It was answered; the rest of its body is nobody's, and nothing is worth waiting for.</summary>
    [Test]
    public async Task A_connection_whose_unread_body_is_still_coming_is_closed()
    {
        await using var server = NewServer();
        server.Http.Map("POST /noread", _ => "fine");
        var client = server.Connect();
        await client.SendAsync("POST /noread HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhello");
        var reply = await client.ReadReplyAsync();

        var stopping = server.Http.StopAsync();
        await _time.WaitForTimersAsync(2);
        await client.SendAsync("world");
        var rest = await client.ReadToEndAsync();
        await client.DisposeAsync();
        await stopping.Within();

        Assert.That(reply.Text, Is.EqualTo("fine"));
        Assert.That(rest, Is.Empty);
    }

    [Test]
    public async Task An_endless_stream_is_told_by_Aborted_and_ends_whole()
    {
        await using var server = NewServer();
        server.Http.Map("GET /tick", async (request, response) =>
        {
            await response.WriteAsync("first");
            await foreach (var now in Ticker.Every(TimeSpan.FromDays(1), _time, request.Aborted)) await response.WriteAsync("tick");
        });
        var client = server.Connect();
        await client.AskAsync("/tick");
        await client.ReadUntilAsync("first\r\n");
        await _time.WaitForTimersAsync(2);

        var stopping = server.Http.StopAsync();
        await _time.WaitForTimersAsync(3);
        _time.Advance(new HttpTimeouts().Drain);
        var rest = await client.ReadToEndAsync();
        await client.DisposeAsync();
        await stopping.Within();

        Assert.That(rest, Is.EqualTo("0\r\n\r\n"));
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_stubborn_handler_is_cut_and_that_is_logged()
    {
        await using var server = NewServer();
        var mayEnd = MapWaiting(server, out var started);
        var client = server.Connect();
        await client.AskAsync("/text");
        await started.WaitAsync();

        var stopping = server.Http.StopAsync();
        for (var i = 0; i < 2; i++)
        {
            await _time.WaitForTimersAsync(2);
            _time.Advance(new HttpTimeouts().Drain);
        }
        await stopping.Within();

        await Assert.ThatAsync(client.ReadToEndAsync, Throws.InstanceOf<IOException>());
        Assert.That(server.Log.Lines.Single(line => line.Level == LogLevel.Warning).Text, Does.EndWith(", 1 had to be cut"));
        mayEnd.Set();
        await server.UntilIdleAsync();
        server.Log.AssertQuiet();
    }

    [Test]
    public async Task A_token_cuts_everything_at_once()
    {
        await using var server = NewServer();
        var mayEnd = MapWaiting(server, out var started);
        var client = server.Connect();
        await client.AskAsync("/text");
        await started.WaitAsync();
        using var cut = new CancellationTokenSource();

        var stopping = server.Http.StopAsync(cut.Token);
        await _time.WaitForTimersAsync(2);
        var waits = !stopping.IsCompleted;
        await cut.CancelAsync();
        await stopping.Within();

        Assert.That(waits);
        await Assert.ThatAsync(client.ReadToEndAsync, Throws.InstanceOf<IOException>());
        mayEnd.Set();
    }

    [Test]
    public async Task Nobody_can_connect_any_more_and_another_server_can_have_the_port_at_once()
    {
        await using var first = NewServer();
        var client = await first.ConnectTcpAsync();
        await client.GetAsync("/");
        var port = first.Http.Port;
        await first.Http.StopAsync(new CancellationToken(canceled: true)).Within();

        await Assert.ThatAsync(() => TestClient.LoopbackAsync(port), Throws.InstanceOf<SocketException>());
        await using var second = new TestServer(port: port);
        second.Http.Map("GET /", _ => "second");
        Assert.That((await (await second.ConnectTcpAsync()).GetAsync("/")).Text, Is.EqualTo("second"));
    }

    [Test]
    public async Task Stopping_again_waits_for_the_same_end()
    {
        await using var server = NewServer();
        await server.StartAsync();

        var first = server.Http.StopAsync();
        var second = server.Http.StopAsync();
        await first.Within();
        await second.Within();
        await server.Http.StopAsync().Within();
    }

    [Test]
    public async Task A_server_that_never_started_can_be_stopped()
    {
        await using var server = new HttpServer();
        await server.StopAsync().Within();
    }

    [Test]
    public async Task Run_ends_when_its_token_fires()
    {
        using var stop = new CancellationTokenSource();
        var server = NewServer();
        var running = server.Http.RunAsync(stop.Token);
        var client = await server.ConnectTcpAsync();
        Assert.That((await client.GetAsync("/")).Text, Is.EqualTo("fine"));

        await stop.CancelAsync();
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
        await client.DisposeAsync();

        await running.Within();
        await server.DisposeAsync();
    }

    [Test]
    public async Task Serve_answers_every_request_with_one_handler_until_its_token_fires()
    {
        using var stop = new CancellationTokenSource();
        var port = FreePort();
        var running = HttpServer.ServeAsync(port, request => request.Method + " " + request.Path, stop.Token);

        await using (var client = await TestClient.LoopbackAsync(port))
            Assert.That((await client.GetAsync("/any/where")).Text, Is.EqualTo("GET /any/where"));
        await stop.CancelAsync();

        await running.Within();
    }

    [Test]
    public async Task No_timer_is_left()
    {
        var server = NewServer();
        await (await server.ConnectTcpAsync()).GetAsync("/");

        await server.DisposeAsync();

        Assert.That(_time.ActiveTimers, Is.Zero);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        return ((System.Net.IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private TestServer NewServer()
    {
        var server = new TestServer(time: _time);
        server.Http.Map("GET /", _ => "fine");
        return server;
    }

    /// <summary>Maps handlers that answer, each in its way, when they may.</summary>
    private static Signal MapWaiting(TestServer server, out Signal started)
    {
        var mayEnd = new Signal();
        var hasStarted = new Signal();
        started = hasStarted;
        Task WaitAsync()
        {
            hasStarted.Set();
            return mayEnd.WaitAsync();
        }
        server.Http.Map("GET /text", async request =>
        {
            await WaitAsync();
            return "finished";
        });
        server.Http.Map("GET /empty", async (request, response) => await WaitAsync());
        server.Http.Map("GET /chunked", async (request, response) =>
        {
            await WaitAsync();
            await response.WriteAsync("finished");
        });
        server.Http.Map("GET /declared", async (request, response) =>
        {
            response.Headers["Content-Length"] = "8";
            await WaitAsync();
            await response.WriteAsync("finished");
        });
        return mayEnd;
    }
}
