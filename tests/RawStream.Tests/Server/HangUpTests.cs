using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>A client leaves, and the server notices without having to write; over memory and over sockets alike.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class HangUpTests(bool overSocket)
{
    private TestServer _server = null!;
    private Signal _started = null!;

    [SetUp]
    public void CreateServer()
    {
        _server = new TestServer();
        _started = new Signal();
    }

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [Test]
    public async Task A_hang_up_fires_Aborted_while_the_handler_waits([Values("FIN", "RST")] string hangUp)
    {
        var aborted = MapWaiting();
        var client = await AskAsync("GET / HTTP/1.1\r\nHost: test\r\n\r\n");

        if (hangUp == "FIN") client.Finish();
        else client.Abort();

        await aborted.WaitAsync();
        await _server.UntilIdleAsync();
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_hang_up_is_seen_behind_what_the_client_had_sent_before()
    {
        var aborted = MapWaiting("POST /");
        var client = await AskAsync("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 30000\r\n\r\n");

        await client.SendAsync(new byte[20_000]);
        client.Finish();

        await aborted.WaitAsync();
    }

    [Test]
    public async Task A_hang_up_is_seen_in_the_midst_of_a_stream()
    {
        _server.Http.Map("GET /", async (request, response) =>
        {
            await foreach (var now in Ticker.Every(TimeSpan.FromMilliseconds(1), request.Aborted)) await response.WriteAsync("tick");
        });
        var client = await ConnectAsync();
        await client.AskAsync("/");
        await client.ReadUntilAsync("tick");

        client.Finish();

        await _server.UntilIdleAsync();
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_handler_that_ignores_the_token_answers_a_client_that_has_half_closed()
    {
        var hungUp = MapHungUp(async (request, response) =>
        {
            for (var part = 0; part < 3; part++) await response.WriteAsync($"part{part};");
        });
        var client = await AskAsync("GET / HTTP/1.1\r\nHost: test\r\n\r\n");

        client.Finish();
        await hungUp();
        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Chunks, Is.EqualTo(new[] { "part0;", "part1;", "part2;" }));
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_text_reaches_a_client_that_has_half_closed()
    {
        var hungUp = MapHungUp((request, response) => Response.Text("whole").WriteAsync(request, response));
        var client = await AskAsync("GET / HTTP/1.1\r\nHost: test\r\n\r\n");

        client.Finish();
        await hungUp();

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("whole"));
    }

    /// <summary>Such a client is <c>printf 'GET …' | nc -N</c>: it has closed its side, and wants its file.</summary>
    [Test]
    public async Task A_file_reaches_a_client_that_has_half_closed()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, new string('f', 300_000));
        var hungUp = MapHungUp((request, response) => Response.File(path).WriteAsync(request, response));
        var client = await AskAsync("GET / HTTP/1.1\r\nHost: test\r\n\r\n");

        client.Finish();
        await hungUp();
        var text = await client.ReadToEndAsync();
        File.Delete(path);

        Assert.That(text.Split("\r\n\r\n")[1].Count(c => c == 'f'), Is.EqualTo(300_000));
    }

    /// <summary>Which it must not do with the epoll transport.</summary>
    [Test]
    public async Task A_handler_that_blocks_its_thread_is_told_too()
    {
        await _server.DisposeAsync();
        _server = new TestServer(transport: HttpTransport.Sockets);
        var wasTold = new TaskCompletionSource<bool>();
        _server.Http.Map("GET /", request =>
        {
            _started.Set();
            wasTold.SetResult(request.Aborted.WaitHandle.WaitOne(TimeSpan.FromSeconds(3)));
            return "";
        });
        var client = await ConnectAsync();
        var asking = Task.Run(() => client.AskAsync("/"));
        await _started.WaitAsync();

        client.Finish();

        Assert.That(await wasTold.Task.Within());
        await asking;
    }

    [TestCase("Content-Length: 10\r\n\r\nhello")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n5\r\nhel")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n")]
    public async Task A_body_that_is_cut_off_is_an_exception_at_the_reader_and_never_a_short_body(string fieldsAndBody)
    {
        var outcome = new TaskCompletionSource<object>();
        _server.Http.Map("POST /", async request =>
        {
            try
            {
                outcome.SetResult(await request.ReadTextAsync());
            }
            catch (Exception e)
            {
                outcome.SetResult(e);
                throw;
            }
            return "";
        });
        var client = await ConnectAsync();
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: test\r\n{fieldsAndBody}");

        client.Finish();
        var reply = await client.ReadReplyAsync();

        Assert.That(await outcome.Task.Within(), Is.InstanceOf<BadRequestException>());
        Assert.That(reply.Status, Is.EqualTo(400));
        Assert.That(reply.Closes);
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_reset_in_the_midst_of_a_body_ends_its_reader()
    {
        var outcome = new TaskCompletionSource<object>();
        _server.Http.Map("POST /", async request =>
        {
            _started.Set();
            try
            {
                outcome.SetResult(await request.ReadTextAsync());
            }
            catch (Exception e)
            {
                outcome.SetResult(e);
                throw;
            }
            return "";
        });
        var client = await AskAsync("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhello");

        client.Abort();

        Assert.That(await outcome.Task.Within(), Is.InstanceOf<BadRequestException>().Or.InstanceOf<OperationCanceledException>());
        await _server.UntilIdleAsync();
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_write_that_waits_for_a_client_ends_when_that_leaves()
    {
        var outcome = new TaskCompletionSource<Exception>();
        _server.Http.Map("GET /", async (request, response) =>
        {
            _started.Set();
            try
            {
                while (true) await response.WriteAsync(new byte[10_000]);
            }
            catch (Exception e)
            {
                outcome.SetResult(e);
                throw;
            }
        });
        var client = await AskAsync("GET / HTTP/1.1\r\nHost: test\r\n\r\n");

        client.Abort();

        Assert.That(await outcome.Task.Within(), Is.InstanceOf<OperationCanceledException>());
        await _server.UntilIdleAsync();
        _server.Log.AssertQuiet(LogLevel.Warning);
    }

    [Test]
    public async Task A_callback_on_Aborted_that_throws_is_logged_and_harms_nobody()
    {
        var aborted = new Signal();
        _server.Http.Map("GET /", async (request, response) =>
        {
            request.Aborted.UnsafeRegister(_ => throw new InvalidOperationException("on purpose"), null);
            _started.Set();
            await Signal.Of(request.Aborted);
            aborted.Set();
        });
        var client = await AskAsync("GET / HTTP/1.1\r\nHost: test\r\n\r\n");

        client.Finish();

        await aborted.WaitAsync();
        await _server.UntilIdleAsync();
        await Patience.UntilAsync(() => _server.Log.Lines.Any(line => line.Level == LogLevel.Error), "it is logged, when all callbacks have had their turn");
        Assert.That(_server.Log.Lines.Single(line => line.Level == LogLevel.Error).Id, Is.EqualTo(23));
    }

    /// <summary>Maps a handler that waits for Aborted; the signal tells that it came.</summary>
    private Signal MapWaiting(string pattern = "GET /")
    {
        var aborted = new Signal();
        _server.Http.Map(pattern, async (request, response) =>
        {
            _started.Set();
            await Signal.Of(request.Aborted);
            aborted.Set();
        });
        return aborted;
    }

    /// <summary>Maps a handler that goes on only after the client has hung up. The result waits for that.</summary>
    private Func<Task> MapHungUp(Handler handler)
    {
        var hungUp = new Signal();
        _server.Http.Map("GET /", async (request, response) =>
        {
            _started.Set();
            await Signal.Of(request.Aborted);
            hungUp.Set();
            await handler(request, response);
        });
        return hungUp.WaitAsync;
    }

    /// <summary>Sends a request whose handler sets _started, and waits for that.</summary>
    private async Task<TestClient> AskAsync(string request)
    {
        var client = await ConnectAsync();
        await client.SendAsync(request);
        await _started.WaitAsync();
        return client;
    }

    private async Task<TestClient> ConnectAsync() => overSocket ? await _server.ConnectTcpAsync() : _server.Connect();
}
