using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Transport.Epoll;

namespace RawStream.Tests.Transport;

/// <summary>What the epoll transport does otherwise than the default one. All other tests can be run with it, too: see <see cref="TestTransport"/>.</summary>
[Platform("Linux")]
public sealed class EpollTests
{
    [Test]
    public async Task A_handler_goes_on_on_its_loop_after_it_has_waited_for_its_client()
    {
        var threads = new ConcurrentQueue<string?>();
        await using var server = NewServer();
        server.Http.Map("POST /", async (request, response) =>
        {
            threads.Enqueue(Thread.CurrentThread.Name);
            await request.ReadTextAsync();
            threads.Enqueue(Thread.CurrentThread.Name);
            for (var i = 0; i < 100; i++) await response.WriteAsync(new byte[50_000]);
            threads.Enqueue(Thread.CurrentThread.Name);
        });
        var client = await server.ConnectTcpAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n");
        await Patience.UntilAsync(() => threads.Count == 1, "the handler waits for its body");
        await client.SendAsync("hello");
        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Text, Has.Length.EqualTo(5_000_000));
        Assert.That(threads, Has.Count.EqualTo(3));
        Assert.That(threads, Has.All.StartsWith("RawStream loop").And.All.EqualTo(threads.First()));
    }

    [Test]
    public async Task Connections_are_dealt_out_to_all_loops()
    {
        const int each = 5;
        var threads = new ConcurrentQueue<string?>();
        await using var server = NewServer();
        server.Http.Map("GET /", _ =>
        {
            threads.Enqueue(Thread.CurrentThread.Name);
            return "";
        });

        for (var i = 0; i < each * Environment.ProcessorCount; i++) await (await server.ConnectTcpAsync()).GetAsync("/");

        var loops = threads.GroupBy(name => name).ToList();
        Assert.That(loops, Has.Count.EqualTo(Environment.ProcessorCount));
        Assert.That(loops.Select(loop => loop.Count()), Has.All.EqualTo(each));
    }

    [Test]
    public async Task A_handler_that_blocks_is_named_in_the_log_once()
    {
        var time = new ManualTime();
        await using var server = NewServer(time);
        using var goOn = new ManualResetEventSlim();
        var started = new Signal();
        server.Http.Map("GET /blocks", _ =>
        {
            started.Set();
            goOn.Wait(Patience.Limit);
            return "";
        });
        var client = await server.ConnectTcpAsync();
        await client.AskAsync("/blocks?really");
        await started.WaitAsync();

        time.Advance(TimeSpan.FromMilliseconds(EpollLoop.LongestTurn - 300)); // A beat of 250 ms may have to come before the first look.
        server.Log.AssertQuiet(LogLevel.Warning);
        time.Advance(TimeSpan.FromSeconds(5));
        goOn.Set();
        await client.ReadReplyAsync();

        var warning = server.Log.Lines.Single(line => line.Level >= LogLevel.Warning);
        Assert.That(warning.Text, Does.Contain("held up its event loop").And.Contain("GET /blocks?really"));
    }

    /// <summary>As many as there are loops block, twice: each time another thread has to take over where they were.</summary>
    [Test]
    public async Task Others_are_served_while_handlers_block_and_those_get_their_answer_in_the_end()
    {
        var time = new ManualTime();
        await using var server = NewServer(time);
        using var goOn = new ManualResetEventSlim();
        var blocked = 0;
        server.Http.Map("GET /", _ => "Hello");
        server.Http.Map("GET /blocks", async (request, response) =>
        {
            await response.WriteAsync("before, ");
            Interlocked.Increment(ref blocked);
            goOn.Wait(Patience.Limit);
            await response.WriteAsync("after");
        });
        var clients = await Task.WhenAll(Enumerable.Range(0, 4 * Environment.ProcessorCount).Select(_ => server.ConnectTcpAsync()));
        foreach (var client in clients) await client.GetAsync("/");
        var (blocking, others) = (clients[..(2 * Environment.ProcessorCount)], clients[(2 * Environment.ProcessorCount)..]);

        for (var i = 0; i < blocking.Length; i++)
        {
            await blocking[i].AskAsync("/blocks");
            await Patience.UntilAsync(() =>
            {
                time.Advance(TimeSpan.FromSeconds(1)); // The handlers before it hold up the loops.
                return Volatile.Read(ref blocked) == i + 1;
            }, "it blocks");
        }
        foreach (var other in others) await other.AskAsync("/");
        time.Advance(TimeSpan.FromMilliseconds(2 * EpollLoop.LongestTurn));

        foreach (var other in others) Assert.That((await other.ReadReplyAsync()).Text, Is.EqualTo("Hello"));
        goOn.Set();
        foreach (var client in blocking) Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("before, after"));
        foreach (var client in clients) Assert.That((await client.GetAsync("/")).Text, Is.EqualTo("Hello"), "and all goes on");
    }

    [Test]
    public async Task A_loop_that_has_nothing_to_do_is_not_complained_about()
    {
        var time = new ManualTime();
        await using var server = NewServer(time);
        server.Http.Map("GET /", _ => "Hello");
        await (await server.ConnectTcpAsync()).GetAsync("/");

        time.Advance(TimeSpan.FromSeconds(20));

        server.Log.AssertQuiet(LogLevel.Warning);
    }

    [TestCase("127.0.0.1")]
    [TestCase("::1")]
    public async Task The_peer_has_its_address(string host)
    {
        await using var server = NewServer(host: host);
        server.Http.Map("GET /", request => request.RemoteEndPoint!.ToString()!);
        await server.StartAsync();
        var client = await server.ConnectAsync(new IPEndPoint(IPAddress.Parse(host), server.Http.Port));

        var reply = await client.GetAsync("/");

        Assert.That(reply.Text, Is.EqualTo(client.LocalEndPoint!.ToString()));
    }

    [Test, NonParallelizable] // Others open files.
    public void A_descriptor_is_closed_when_the_last_call_has_ended()
    {
        var number = LinuxSystem.CreateEvent();
        var descriptor = new Descriptor(number);
        Assert.That(descriptor.TryUse(out _));
        Assert.That(descriptor.TryUse(out _));

        Assert.That(descriptor.Close());
        Assert.That(descriptor.Close(), Is.False);
        Assert.That(descriptor.TryUse(out _), Is.False);
        descriptor.Done();
        Assert.That(IsOpen(number));
        descriptor.Done();

        Assert.That(IsOpen(number), Is.False);
        Assert.That(descriptor.TryUse(out _), Is.False);
    }

    /// <summary>Each closes on one thread what others use; a number that is used after it was closed would be another file by then.</summary>
    [Test, NonParallelizable]
    public void A_descriptor_that_is_in_use_is_nobody_elses()
    {
        Parallel.For(0, 4, _ =>
        {
            for (var round = 0; round < 2000; round++)
            {
                var descriptor = new StrongBox(LinuxSystem.CreateEvent());
                Parallel.Invoke(
                    () =>
                    {
                        for (var i = 0; i < 10 && descriptor.Value.TryUse(out var number); i++)
                        {
                            LinuxSystem.SetEvent(number);
                            if (!IsOpen(number)) throw new InvalidOperationException("It was closed while it was in use.");
                            descriptor.Value.Done();
                        }
                    },
                    () => descriptor.Value.Close());
            }
        });
    }

    [Test]
    public async Task Its_threads_end_with_the_server()
    {
        var threads = new ConcurrentBag<Thread>();
        var server = NewServer();
        server.Http.Map("GET /", _ =>
        {
            threads.Add(Thread.CurrentThread);
            return "";
        });
        for (var i = 0; i < 2 * Environment.ProcessorCount; i++) await (await server.ConnectTcpAsync()).GetAsync("/");

        await server.DisposeAsync();

        foreach (var thread in threads) Assert.That(thread.Join(Patience.Limit));
    }

    private static TestServer NewServer(TimeProvider? time = null, string host = "localhost") => new(time: time, host: host, transport: HttpTransport.Epoll);

    private static bool IsOpen(int descriptor) => Path.Exists($"/proc/self/fd/{descriptor}");

    private sealed class StrongBox(int number)
    {
        public Descriptor Value = new(number);
    }
}
