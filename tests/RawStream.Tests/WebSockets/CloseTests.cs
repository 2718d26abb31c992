using System.Net.WebSockets;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.WebSockets;

/// <summary>How a WebSocket ends: by its handler, its client, the server, or time (RFC 6455 §7).</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class CloseTests(bool overSocket)
{
    private readonly ManualTime _time = new();
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer() => _server = new TestServer(time: _time);

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [Test]
    public async Task The_end_of_the_handler_is_1000()
    {
        var socket = await OpenAsync(async (request, socket) => await socket.SendAsync("bye"));

        Assert.That((await socket.ReadAsync()).Text, Is.EqualTo("bye"));
        Assert.That(await socket.ReadCloseAsync(), Is.EqualTo(1000));
        Assert.That(socket.Client.IsSilent, "the client's close is waited for");
        await socket.SendAsync(ClientFrame.Close());

        Assert.That(await socket.Client.ReadToEndAsync(), Is.Empty);
        socket.Client.Finish();
        await _server.UntilIdleAsync();
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task An_exception_of_the_handler_is_1011_and_is_logged_and_not_told()
    {
        var socket = await OpenAsync((request, socket) => throw new InvalidDataException("a secret"));

        var close = await socket.ReadAsync();
        await socket.SendAsync(ClientFrame.Close(1011));

        Assert.That(close.Status, Is.EqualTo(1011));
        Assert.That(close.Payload, Has.Length.EqualTo(2));
        Assert.That(await socket.Client.ReadToEndAsync(), Is.Empty, "FIN, not RST");
        await Patience.UntilAsync(() => _server.Log.Lines.Any(line => line.Level == LogLevel.Error), "the exception is logged");
        Assert.That(_server.Log.Lines.Single(line => line.Level == LogLevel.Error).Exception, Is.InstanceOf<InvalidDataException>());
    }

    [Test]
    public async Task A_cancellation_that_is_none_of_the_clients_is_1011()
    {
        var socket = await OpenAsync((request, socket) => throw new OperationCanceledException("of something else"));

        Assert.That(await socket.ReadCloseAsync(), Is.EqualTo(1011));
    }

    [Test]
    public async Task The_handler_can_say_how_it_ends()
    {
        var socket = await OpenAsync(async (request, socket) =>
        {
            await socket.CloseAsync((WebSocketCloseStatus)4321, "größer");
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "only the first one counts");
            Assert.That(async () => await socket.SendAsync("late"), Throws.InstanceOf<OperationCanceledException>());
        });

        var close = await socket.ReadAsync();

        Assert.That(close.Status, Is.EqualTo(4321));
        Assert.That(close.Text[2..], Does.EndWith("größer"));
    }

    [Test]
    public async Task Behind_its_close_the_handler_can_read_what_still_comes()
    {
        var read = new List<string>();
        var socket = await OpenAsync(async (request, socket) =>
        {
            await socket.CloseAsync();
            await foreach (var message in socket.ReadAllAsync()) read.Add(message.Text);
        });
        Assert.That(await socket.ReadCloseAsync(), Is.EqualTo(1000));

        await socket.SendAsync(ClientFrame.Text("a"), ClientFrame.Ping(), ClientFrame.Text("b"), ClientFrame.Close());

        Assert.That(await socket.Client.ReadToEndAsync(), Is.Empty, "nothing is sent behind a close, and no pong");
        Assert.That(read, Is.EqualTo(new[] { "a", "b" }));
    }

    [TestCase(999)]
    [TestCase(1004)]
    [TestCase(1005)]
    [TestCase(1006)]
    [TestCase(1015)]
    [TestCase(2999)]
    [TestCase(5000)]
    public async Task Some_statuses_are_never_sent(int status)
    {
        var fault = new TaskCompletionSource<Exception?>();
        await OpenAsync(async (request, socket) => fault.SetResult(await Assert.CatchAsync(async () => await socket.CloseAsync((WebSocketCloseStatus)status))));

        Assert.That(await fault.Task.Within(), Is.InstanceOf<ArgumentException>());
    }

    [Test]
    public async Task A_reason_has_123_bytes()
    {
        var fault = new TaskCompletionSource<Exception?>();
        var socket = await OpenAsync(async (request, socket) =>
        {
            fault.SetResult(await Assert.CatchAsync(async () => await socket.CloseAsync(reason: new string('ü', 62))));
            await socket.CloseAsync(reason: new string('x', 123));
        });

        Assert.That(await fault.Task.Within(), Is.InstanceOf<ArgumentException>());
        Assert.That((await socket.ReadAsync()).Payload, Has.Length.EqualTo(125));
    }

    [Test]
    public async Task The_close_of_the_client_ends_the_sequence_and_is_told()
    {
        var closed = new TaskCompletionSource<(WebSocketCloseStatus?, string?, bool)>();
        var socket = await OpenAsync(async (request, socket) =>
        {
            await foreach (var message in socket.ReadAllAsync()) await socket.SendAsync(message);
            closed.SetResult((socket.CloseStatus, socket.CloseReason, request.Aborted.IsCancellationRequested));
            Assert.That(await socket.ReadAsync(), Is.Null, "and again");
        });

        await socket.SendAsync(ClientFrame.Text("a"), ClientFrame.Close(4001, "grün"));

        Assert.That(await closed.Task.Within(), Is.EqualTo(((WebSocketCloseStatus?)4001, "grün", true)));
        Assert.That((await socket.ReadToCloseAsync()).Select(frame => frame.ToString()), Is.EqualTo(new[] { "1:a", "8:4001" }));
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_client_that_is_gone_ends_the_sequence_without_a_status([Values("FIN", "RST")] string hangUp)
    {
        var closed = new TaskCompletionSource<WebSocketCloseStatus?>();
        var socket = await OpenAsync(async (request, socket) =>
        {
            await foreach (var message in socket.ReadAllAsync()) await socket.SendAsync(message);
            await Signal.Of(request.Aborted);
            closed.SetResult(socket.CloseStatus);
        });
        await socket.SendAsync(ClientFrame.Text("half", final: false));

        if (hangUp == "FIN") socket.Client.Finish();
        else socket.Client.Abort();

        Assert.That(await closed.Task.Within(), Is.Null);
        await _server.UntilIdleAsync();
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_handler_that_only_sends_answers_pings_and_ends_with_its_client()
    {
        var socket = await OpenAsync(async (request, socket) =>
        {
            await foreach (var now in Ticker.Every(TimeSpan.FromSeconds(1), _time, request.Aborted)) await socket.SendAsync("tick");
        });
        await _time.WaitForTimersAsync(2);
        await socket.SendAsync(ClientFrame.Ping("p"));
        Assert.That((await socket.ReadAsync()).ToString(), Is.EqualTo("10:p"));
        _time.AdvanceSeconds(1);
        Assert.That((await socket.ReadAsync()).Text, Is.EqualTo("tick"));

        await socket.SendAsync(ClientFrame.Close());

        Assert.That(await socket.ReadCloseAsync(), Is.EqualTo(1000));
        Assert.That(await socket.Client.ReadToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task A_handler_that_takes_no_notice_of_its_client_does_not_hold_the_close_for_ever()
    {
        var release = new Signal();
        var socket = await OpenAsync(async (request, socket) => await release.WaitAsync());
        await socket.SendAsync(ClientFrame.Close(1001));

        await AdvanceUntilAsync(() => !socket.Client.IsSilent, "the close is answered");

        Assert.That(await socket.ReadCloseAsync(), Is.EqualTo(1001));
        release.Set();
    }

    [Test]
    public async Task A_stop_is_1001_and_waits_for_the_client()
    {
        var socket = await OpenAsync((request, socket) => Echoes.EchoAsync(socket));

        var stopped = _server.Http.StopAsync();
        var close = await socket.ReadAsync();
        Assert.That(close.Status, Is.EqualTo(1001));
        Assert.That(close.Text, Does.EndWith("drained at shutdown"));
        Assert.That(stopped.IsCompleted, Is.False);
        await socket.SendAsync(ClientFrame.Close(1001));
        Assert.That(await socket.Client.ReadToEndAsync(), Is.Empty);
        socket.Client.Finish();

        await stopped.Within();
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_stop_does_not_wait_for_a_client_that_says_nothing()
    {
        var ended = new Signal();
        var socket = await OpenAsync(async (request, socket) =>
        {
            await Echoes.EchoAsync(socket);
            ended.Set();
        });

        var stopped = _server.Http.StopAsync();
        Assert.That(await socket.ReadCloseAsync(), Is.EqualTo(1001));
        await AdvanceUntilAsync(() => stopped.IsCompleted, "the server has stopped");

        await ended.WaitAsync();
    }

    [Test]
    public async Task A_client_that_does_not_answer_a_close_is_not_waited_for_for_ever()
    {
        var socket = await OpenAsync((request, socket) => default);
        Assert.That(await socket.ReadCloseAsync(), Is.EqualTo(1000));
        await socket.SendAsync(ClientFrame.Text("not a close"));

        _time.AdvanceSeconds(4);
        Assert.That(_server.Http.Metrics.RunningHandlers, Is.EqualTo(1));
        await AdvanceUntilAsync(() => _server.Http.Metrics.RunningHandlers == 0, "it is given up");

        Assert.That(await socket.Client.ReadToEndAsync(), Is.Empty);
    }

    private async Task AdvanceUntilAsync(Func<bool> condition, string what) => await Patience.UntilAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            return condition();
        },
        what);

    private async Task<RawSocket> OpenAsync(Func<Request, WebSocketConnection, ValueTask> handler)
    {
        _server.Http.Map("GET /ws", request => Response.WebSocket(socket => handler(request, socket)));
        return await RawSocket.OpenAsync(_server, client: overSocket ? await _server.ConnectTcpAsync() : _server.Connect());
    }
}
