using NUnit.Framework;
using RawStream.Tests.Events;
using RawStream.Tests.Support;

namespace RawStream.Tests.WebSockets;

/// <summary>Clients that are silent, and sockets that nobody uses.</summary>
public sealed class PingTests
{
    private readonly ManualTime _time = new();

    [Test]
    public async Task A_silent_client_is_pinged_and_its_answer_keeps_it()
    {
        await using var server = Echoes.Create(new WebSocketOptions { PingInterval = TimeSpan.FromSeconds(20), PongTimeout = TimeSpan.FromSeconds(1000) }, _time);
        var socket = await RawSocket.OpenAsync(server);

        for (var i = 0; i < 5; i++)
        {
            await AdvanceToPingAsync(socket);
            await socket.SendAsync(ClientFrame.Pong());
        }
        await socket.SendAsync(ClientFrame.Text("still here"));

        Assert.That((await socket.ReadAsync()).Text, Is.EqualTo("still here"));
    }

    [Test]
    public async Task A_client_that_does_not_answer_is_cut()
    {
        await using var server = Echoes.Create(new WebSocketOptions { PingInterval = TimeSpan.FromSeconds(20), PongTimeout = TimeSpan.FromSeconds(1000) }, _time);
        var socket = await RawSocket.OpenAsync(server);
        await AdvanceToPingAsync(socket);

        // The clock may have gone on a little since the ping was sent: on a busy machine it takes a while to be seen.
        for (var i = 0; i < 8; i++) await AdvanceAsync(100);
        Assert.That(server.Http.Metrics.RunningHandlers, Is.EqualTo(1));
        await AdvanceAsync(201);

        await server.UntilIdleAsync();
        Assert.That(server.Log.Lines.Select(line => line.Text), Has.Some.Contains("a ping was not answered"));
    }

    [Test]
    public async Task A_client_that_sends_is_not_pinged()
    {
        await using var server = Echoes.Create(new WebSocketOptions { PingInterval = TimeSpan.FromSeconds(20) }, _time);
        var socket = await RawSocket.OpenAsync(server);

        for (var i = 0; i < 20; i++)
        {
            await AdvanceAsync(10);
            await socket.SendAsync(ClientFrame.Text($"{i}"));
            Assert.That((await socket.ReadAsync()).Text, Is.EqualTo($"{i}"));
        }
    }

    /// <summary>Its pong would stand behind a message that nobody has read yet: that is not its fault.</summary>
    [Test]
    public async Task A_client_whose_message_waits_for_the_handler_is_not_cut()
    {
        var release = new Signal();
        await using var server = new TestServer(time: _time);
        server.Http.Map("GET /ws", request => Response.WebSocket(async socket =>
        {
            await release.WaitAsync();
            await Echoes.EchoAsync(socket);
        }));
        var socket = await RawSocket.OpenAsync(server);
        await socket.SendAsync(ClientFrame.Text("a"));

        for (var i = 0; i < 20; i++) await AdvanceAsync(10);
        Assert.That(socket.Client.IsSilent);
        release.Set();

        Assert.That((await socket.ReadAsync()).Text, Is.EqualTo("a"));
    }

    [Test]
    public async Task Nobody_is_pinged_where_that_is_turned_off()
    {
        await using var server = Echoes.Create(new WebSocketOptions { PingInterval = Timeout.InfiniteTimeSpan }, _time);
        var socket = await RawSocket.OpenAsync(server);

        for (var i = 0; i < 100; i++) await AdvanceAsync(60);

        Assert.That(socket.Client.IsSilent);
        await socket.SendAsync(ClientFrame.Text("a"));
        Assert.That((await socket.ReadAsync()).Text, Is.EqualTo("a"));
    }

    [Test]
    public async Task A_socket_without_messages_is_closed_and_pongs_are_none()
    {
        var options = new WebSocketOptions { IdleTimeout = TimeSpan.FromSeconds(60), PingInterval = TimeSpan.FromSeconds(10) };
        await using var server = Echoes.Create(options, _time);
        var socket = await RawSocket.OpenAsync(server);

        var frames = new List<string>();
        for (var second = 1; second < 150 && !frames.Contains("8:1001"); second++)
        {
            await AdvanceAsync(1);
            if (second == 50) await socket.SendAsync(ClientFrame.Text("a"));
            while (!socket.Client.IsSilent && !frames.Contains("8:1001"))
            {
                var frame = await socket.ReadAsync();
                frames.Add(frame.ToString());
                if (frame.Opcode == ClientFrame.PingCode) await socket.SendAsync(ClientFrame.Pong());
                if (frame.Opcode == ClientFrame.CloseCode) Assert.That(second, Is.InRange(109, 112), "a minute after the last message");
            }
        }

        Assert.That(frames, Has.Some.EqualTo("1:a"));
        Assert.That(frames, Has.Some.EqualTo("9:"));
        Assert.That(frames[^1], Is.EqualTo("8:1001"));
    }

    private async Task AdvanceToPingAsync(RawSocket socket)
    {
        for (var seconds = 0; socket.Client.IsSilent; seconds++)
        {
            Assert.That(seconds, Is.LessThan(150), "no ping has come");
            await AdvanceAsync(1);
        }
        Assert.That((await socket.ReadAsync()).ToString(), Is.EqualTo("9:"));
    }

    /// <summary>What the timer wants done is done by the thread pool.</summary>
    private async Task AdvanceAsync(int seconds)
    {
        _time.AdvanceSeconds(seconds);
        await PoolTurn.PassAsync();
    }
}
