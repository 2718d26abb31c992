using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.WebSockets;

/// <summary>A handler leaves HTTP for a protocol of its own (RFC 9110 §7.8).</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class UpgradeTests(bool overSocket)
{
    private const string Fields = "Connection: Upgrade\r\nUpgrade: lines/1\r\n";

    private readonly ManualTime _time = new();
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer() => _server = new TestServer(time: _time);

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [Test]
    public async Task Bytes_go_both_ways_until_the_handler_ends()
    {
        MapLines();
        var client = await UpgradeAsync();

        await client.SendAsync("one\n");
        Assert.That(await client.ReadTextAsync(4), Is.EqualTo("one\n"));
        await client.SendAsync("tw");
        await client.SendAsync("o\nend\nnobody reads this\n");

        Assert.That(await client.ReadToEndAsync(), Is.EqualTo("two\nend\n"));
        client.Finish();
        await _server.UntilIdleAsync();
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task What_stands_behind_the_request_is_for_the_new_protocol()
    {
        MapLines();
        var client = await ConnectAsync();

        await client.SendAsync($"GET / HTTP/1.1\r\nHost: test\r\n{Fields}\r\nGET / HTTP/1.1\nend\n");

        Assert.That((await client.ReadReplyAsync()).Status, Is.EqualTo(101));
        Assert.That(await client.ReadToEndAsync(), Is.EqualTo("GET / HTTP/1.1\nend\n"));
    }

    [Test]
    public async Task The_101_stands_behind_earlier_responses_and_has_no_length()
    {
        MapLines();
        _server.Http.Map("GET /before", _ => "before");
        _server.Http.Use(next => (request, response) =>
        {
            response.Headers["Content-Length"] = "6";
            response.Headers["X-A"] = "b";
            return next(request, response);
        });
        var client = await ConnectAsync();

        await client.SendAsync($"GET /before HTTP/1.1\r\nHost: test\r\n\r\nGET / HTTP/1.1\r\nHost: test\r\n{Fields}\r\nend\n");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("before"));
        var reply = await client.ReadReplyAsync();
        Assert.That(reply.Head, Does.StartWith("HTTP/1.1 101 Switching Protocols\r\n"));
        Assert.That(reply["Connection"], Is.EqualTo("Upgrade"));
        Assert.That(reply["Upgrade"], Is.EqualTo("lines/1"));
        Assert.That(reply["X-A"], Is.EqualTo("b"));
        Assert.That(reply["Content-Length"], Is.Null);
        Assert.That(reply["Transfer-Encoding"], Is.Null);
        Assert.That(await client.ReadToEndAsync(), Is.EqualTo("end\n"));
    }

    [TestCase("GET / HTTP/1.1\r\nHost: test\r\n" + Fields, true)]
    [TestCase("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n" + Fields, true)]
    [TestCase("GET / HTTP/1.1\r\nHost: test\r\nConnection: close, UPGRADE\r\nUpgrade: other, LINES/1\r\n", true)]
    [TestCase("GET / HTTP/1.0\r\nHost: test\r\n" + Fields, false)]
    [TestCase("HEAD / HTTP/1.1\r\nHost: test\r\n" + Fields, false)]
    [TestCase("GET / HTTP/1.1\r\nHost: test\r\n", false)]
    [TestCase("GET / HTTP/1.1\r\nHost: test\r\nUpgrade: lines/1\r\n", false)]
    [TestCase("GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\n", false)]
    [TestCase("GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: lines\r\n", false)]
    [TestCase("GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: lines/2\r\n", false)]
    [TestCase("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\n" + Fields, false)]
    [TestCase("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n" + Fields, false)]
    public async Task Only_what_the_client_has_asked_for_can_be_had(string head, bool can)
    {
        var outcome = new TaskCompletionSource<(bool Can, Exception? Fault)>();
        _server.Http.Map("/", async (request, response) =>
        {
            try
            {
                await response.UpgradeAsync("lines/1");
                outcome.SetResult((request.CanUpgrade("lines/1"), null));
            }
            catch (Exception e)
            {
                outcome.SetResult((request.CanUpgrade("lines/1"), e));
            }
        });
        var client = await ConnectAsync();

        await client.SendAsync(head + "\r\n");

        var (canUpgrade, fault) = await outcome.Task.Within();
        Assert.That(canUpgrade, Is.EqualTo(can));
        Assert.That(fault, can ? Is.Null : Is.InstanceOf<InvalidOperationException>());
        Assert.That(await client.ReadLineAsync(), Does.StartWith(can ? "HTTP/1.1 101 " : "HTTP/1.1 200 "), "a refusal has sent nothing");
    }

    [Test]
    public async Task A_response_that_has_begun_is_no_upgrade([Values] bool flushed)
    {
        var fault = new TaskCompletionSource<Exception?>();
        _server.Http.Map("GET /", async (request, response) =>
        {
            response.Body.Write("x"u8);
            if (flushed) await response.FlushAsync();
            fault.SetResult(await Assert.CatchAsync(async () => await response.UpgradeAsync("lines/1")));
        });
        var client = await ConnectAsync();
        await client.AskAsync("/", fields: Fields);

        Assert.That(await fault.Task.Within(), Is.InstanceOf<InvalidOperationException>());
        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("x"));
    }

    [TestCase("")]
    [TestCase("a b")]
    [TestCase("a/")]
    [TestCase("/1")]
    [TestCase("a/b/c")]
    [TestCase("a\r\nb")]
    public void A_protocol_has_a_name(string name) => Assert.That(() => Response.UpgradeRequired(name), Throws.ArgumentException);

    [Test]
    public async Task A_426_tells_what_to_ask_for()
    {
        _server.Http.Map("GET /", request => Response.UpgradeRequired("lines/1"));
        var client = await ConnectAsync();

        for (var i = 0; i < 2; i++)
        {
            var reply = await client.GetAsync("/");
            Assert.That(reply.Status, Is.EqualTo(426));
            Assert.That(reply["Upgrade"], Is.EqualTo("lines/1"));
            Assert.That(reply["Connection"], Is.EqualTo("Upgrade"));
            Assert.That(reply.Text, Does.Contain("lines/1"));
        }
    }

    [Test]
    public async Task No_timeout_of_HTTP_applies()
    {
        MapLines();
        var client = await UpgradeAsync();

        for (var i = 0; i < 10; i++)
        {
            _time.AdvanceSeconds(600);
            await client.SendAsync("x");
        }
        await client.SendAsync("\nend\n");

        Assert.That(await client.ReadToEndAsync(), Is.EqualTo("xxxxxxxxxx\nend\n"));
    }

    [Test]
    public async Task The_write_timeout_does()
    {
        var stalled = new Signal();
        _server.Http.Map("GET /", async (request, response) =>
        {
            var pipe = await response.UpgradeAsync("lines/1");
            while (true)
            {
                var write = pipe.Output.WriteAsync(new byte[64 * 1024]);
                if (!write.IsCompleted) stalled.Set();
                await write;
            }
        });
        var client = await UpgradeAsync();
        await stalled.WaitAsync();

        await Patience.UntilAsync(
            () =>
            {
                _time.AdvanceSeconds(1);
                return _server.Http.Metrics.RunningHandlers == 0;
            },
            "the write timeout ends it");
        Assert.That(_server.Log.Lines.Select(line => line.Text), Has.Some.Contains("a write made no progress"));
        Assert.That(client, Is.Not.Null);
    }

    [Test]
    public async Task A_hang_up_fires_Aborted([Values("FIN", "RST")] string hangUp)
    {
        var aborted = new Signal();
        _server.Http.Map("GET /", async (request, response) =>
        {
            await response.UpgradeAsync("lines/1");
            await Signal.Of(request.Aborted);
            aborted.Set();
        });
        var client = await UpgradeAsync();

        if (hangUp == "FIN") client.Finish();
        else client.Abort();

        await aborted.WaitAsync();
        await _server.UntilIdleAsync();
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_handler_that_fails_resets_the_connection()
    {
        _server.Http.Map("GET /", async (request, response) =>
        {
            var pipe = await response.UpgradeAsync("lines/1");
            await pipe.Input.ReadAsync();
            throw new InvalidDataException("on purpose");
        });
        var client = await UpgradeAsync();

        await client.SendAsync("x");

        Assert.That(async () => await client.ReadToEndAsync(), Throws.InstanceOf<IOException>());
        Assert.That(_server.Log.Lines.Single(line => line.Level == LogLevel.Error).Exception, Is.InstanceOf<InvalidDataException>());
    }

    [Test]
    public async Task A_stop_waits_for_it()
    {
        MapLines();
        var client = await UpgradeAsync();

        var stopped = _server.Http.StopAsync();
        await client.SendAsync("one\n");
        Assert.That(await client.ReadTextAsync(4), Is.EqualTo("one\n"));
        Assert.That(stopped.IsCompleted, Is.False);
        await client.SendAsync("end\n");
        Assert.That(await client.ReadToEndAsync(), Is.EqualTo("end\n"));
        client.Finish();

        await stopped.Within();
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task It_ends_with_its_handler()
    {
        var kept = new TaskCompletionSource<IDuplexPipe>();
        _server.Http.Map("GET /", async (request, response) =>
        {
            var pipe = await response.UpgradeAsync("lines/1");
            await pipe.Input.ReadAsync(); // And what was read is left out.
            kept.SetResult(pipe);
        });
        var client = await UpgradeAsync();
        await client.SendAsync("x");
        Assert.That(await client.ReadToEndAsync(), Is.Empty);

        var pipe = await kept.Task.Within();
        client.Finish();
        await _server.UntilIdleAsync();

        Assert.That(async () => await pipe.Input.ReadAsync(), Throws.InvalidOperationException);
        Assert.That(() => pipe.Input.TryRead(out _), Throws.InvalidOperationException);
        Assert.That(() => pipe.Output.GetMemory(), Throws.InvalidOperationException);
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    /// <summary>Each line back, up to "end".</summary>
    private void MapLines() => _server.Http.Map("GET /", async (request, response) =>
    {
        var pipe = await response.UpgradeAsync("lines/1");
        while (true)
        {
            var read = await pipe.Input.ReadAsync();
            var end = read.Buffer.PositionOf((byte)'\n');
            if (end is null)
            {
                pipe.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCompleted) return;
                continue;
            }
            var line = Encoding.ASCII.GetString(read.Buffer.Slice(0, read.Buffer.GetPosition(1, end.Value)));
            pipe.Input.AdvanceTo(read.Buffer.GetPosition(1, end.Value));
            await pipe.Output.WriteAsync(Encoding.ASCII.GetBytes(line));
            if (line == "end\n") return;
        }
    });

    private async Task<TestClient> ConnectAsync() => overSocket ? await _server.ConnectTcpAsync() : _server.Connect();

    private async Task<TestClient> UpgradeAsync()
    {
        var client = await ConnectAsync();
        Assert.That((await client.GetAsync("/", Fields)).Status, Is.EqualTo(101));
        return client;
    }
}
