using NUnit.Framework;
using RawStream.Host;
using RawStream.Tests.Events;
using RawStream.Tests.Support;

namespace RawStream.Tests.WebSockets;

/// <summary>ws of npm, under node, talks to the host's /ws.</summary>
[Parallelizable] // It waits more than it works.
public sealed class NodeWsTests
{
    private const string Prelude = """
        import { WebSocket } from 'ws';
        import { strict as assert } from 'node:assert';
        import { randomBytes } from 'node:crypto';
        const url = process.argv[1];
        const options = { perMessageDeflate: process.argv[2] === 'deflate' };
        const open = () => new Promise((done, fail) => { const socket = new WebSocket(url, options); socket.on('open', () => done(socket)); socket.on('error', fail); });
        const message = socket => new Promise((done, fail) => { socket.once('message', (data, isBinary) => done(isBinary ? data : data.toString())); socket.once('close', fail); });
        const closed = socket => new Promise(done => socket.on('close', (code, reason) => done([code, reason.toString()])));
        const socket = await open();

        """;

    private TestServer _server = null!;

    [SetUp]
    public async Task StartServer()
    {
        _server = new TestServer();
        Demos.Map(_server.Http, TimeProvider.System);
        await _server.StartAsync();
    }

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [Test]
    public Task Messages_of_all_sizes([Values("plain", "deflate")] string mode) => RunAsync(mode, """
        assert.equal(socket.extensions.startsWith('permessage-deflate'), options.perMessageDeflate);
        for (const size of [0, 1, 63, 64, 125, 126, 127, 128, 65535, 65536, 1 << 20, 1 << 24]) {
          for (const sent of [randomBytes(size), 'ü'.repeat(size / 2)]) {
            const coming = message(socket);
            socket.send(sent);
            const got = await coming;
            assert.equal(got.length, sent.length);
            assert.ok(typeof sent === 'string' ? got === sent : got.equals(sent), `${size}`);
          }
        }
        socket.close(1000, 'done');
        assert.deepEqual(await closed(socket), [1000, '']);
        """);

    [Test]
    public Task Fragments_with_pings_in_between([Values("plain", "deflate")] string mode) => RunAsync(mode, """
        const pongs = [];
        socket.on('pong', data => pongs.push(data.toString()));
        const coming = message(socket);
        for (let i = 0; i < 100; i++) {
          socket.send('x'.repeat(i * 10), { fin: false });
          if (i % 10 === 0) socket.ping(`p${i}`);
        }
        socket.send('end', { fin: true });
        const got = await coming;
        assert.equal(got, 'x'.repeat(49500) + 'end');
        assert.deepEqual(pongs, ['p0', 'p10', 'p20', 'p30', 'p40', 'p50', 'p60', 'p70', 'p80', 'p90']);
        socket.close(4000);
        assert.deepEqual(await closed(socket), [4000, '']);
        """);

    [Test]
    public Task Bad_UTF_8_and_oversize([Values("plain", "deflate")] string mode) => RunAsync(mode, """
        let end = closed(socket);
        socket.send(Buffer.from([0xce, 0xba, 0xff]), { binary: false });
        assert.deepEqual(await end, [1007, 'A text message is not UTF-8.']);
        const other = await open();
        end = closed(other);
        other.on('error', () => {});
        other.send(Buffer.alloc((1 << 24) + 1));
        assert.equal((await end)[0], 1009);
        """);

    [Test]
    public async Task An_abrupt_close_ends_the_handler()
    {
        await RunAsync("plain", """
            socket.send('a');
            await message(socket);
            const end = closed(socket);
            socket.terminate();
            assert.equal((await end)[0], 1006);
            """);
        await _server.UntilIdleAsync();
        _server.Log.AssertQuiet();
    }

    [Test]
    public async Task A_stop_is_told()
    {
        using var node = await NodePackages.RunAsync(Prelude + "console.log('open');\nconsole.log(JSON.stringify(await closed(socket)));", Url, "plain");
        Assert.That(await node.ReadLineAsync(), Is.EqualTo("open"));

        await _server.Http.StopAsync().Within();

        Assert.That(await node.ReadLineAsync(), Is.EqualTo("[1001,\"drained at shutdown\"]"));
        await node.AssertSucceedsAsync();
    }

    private string Url => $"ws://127.0.0.1:{_server.Http.Port}/ws";

    private async Task RunAsync(string mode, string program)
    {
        using var node = await NodePackages.RunAsync(Prelude + program, Url, mode);
        await node.ReadToEndAsync();
        await node.AssertSucceedsAsync();
    }
}
