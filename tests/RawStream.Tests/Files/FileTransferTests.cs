using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Transport.Epoll;

namespace RawStream.Tests.Files;

/// <summary>Files on their way: over sockets, of any size, and such as change meanwhile.</summary>
public sealed class FileTransferTests
{
    private const int Large = 8_000_000; // More than all buffers on the way hold.

    private SiteFolder _site = null!;
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer()
    {
        _site = new SiteFolder();
        _server = new TestServer();
        _server.Http.MapFiles("/{*path}", _site.Root);
    }

    [TearDown]
    public async Task CloseServer()
    {
        await _server.DisposeAsync();
        _site.Dispose();
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2048)]
    [TestCase(32 * 1024 - 1)]
    [TestCase(32 * 1024)]
    [TestCase(32 * 1024 + 1)]
    [TestCase(64 * 1024 + 1)]
    [TestCase(3_000_001)]
    public async Task A_file_of_any_size_arrives_byte_for_byte(int size)
    {
        var text = Letters(size);
        _site.Write("file.bin", text);
        var client = await _server.ConnectTcpAsync();

        var first = await client.GetAsync("/file.bin");
        var second = await client.GetAsync("/file.bin");

        Assert.That((first.Text == text, second.Text == text), Is.EqualTo((true, true)));
        _server.Log.AssertQuiet();
    }

    [Test]
    public async Task Many_clients_get_one_file_at_once()
    {
        var text = Letters(300_000);
        _site.Write("file.bin", text);
        await _server.StartAsync();

        var replies = await Task.WhenAll(Enumerable.Range(0, 32).Select(async _ => await (await _server.ConnectTcpAsync()).GetAsync("/file.bin")));

        Assert.That(replies.Select(reply => reply.Text == text), Has.All.True);
    }

    [TestCase("shrinks")]
    [TestCase("grows")]
    [TestCase("changes")]
    public async Task A_file_that_changes_while_it_is_sent_is_not_sent_to_its_length(string how)
    {
        var path = _site.Write("file.bin", Letters(Large));
        var client = _server.Connect();
        await client.AskAsync("/file.bin");
        await client.ReadUntilAsync("\r\n\r\n");

        await using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            if (how == "shrinks") file.SetLength(Large / 2);
            else if (how == "grows") file.SetLength(Large + 1);
            else file.WriteByte((byte)'!');
        }

        Assert.That(async () => await client.ReadTextAsync(Large), Throws.InstanceOf<IOException>());
        await Patience.UntilAsync(
            () => _server.Log.Lines.Any(line => line.Exception is IOException e && e.Message.Contains("has changed", StringComparison.Ordinal)), "it is logged");
    }

    /// <summary>The same path, another file: what was opened is sent to its end.</summary>
    [Test]
    public async Task A_file_that_is_replaced_or_deleted_while_it_is_sent_is_sent_whole()
    {
        var text = Letters(Large);
        var path = _site.Write("file.bin", text);
        var client = _server.Connect();
        await client.AskAsync("/file.bin");
        await client.ReadUntilAsync("\r\n\r\n");

        File.Move(_site.Write("new.bin", "new"), path, overwrite: true);

        Assert.That(await client.ReadTextAsync(Large) == text);
        Assert.That((await client.GetAsync("/file.bin")).Text, Is.EqualTo("new"));
    }

    /// <summary>What an event loop asks for first. No more than 0 sends it to the pool.</summary>
    [Test]
    [Platform("Linux")]
    public void What_is_in_memory_is_read_without_waiting_and_what_cannot_be_is_left()
    {
        using var file = File.OpenHandle(_site.Write("file.bin", "0123456789"));
        var descriptor = (int)file.DangerousGetHandle();
        var room = new byte[8];

        Assert.That(LinuxSystem.ReadCached(descriptor, room.AsMemory(2, 4), 5), Is.EqualTo(4).Or.LessThanOrEqualTo(0), "the cache may have let go of it");
        Assert.That(room, Is.EqualTo("\0\05678\0\0"u8.ToArray()).Or.All.Zero);
        Assert.That(LinuxSystem.ReadCached(descriptor, room, 10), Is.Zero, "the end");
        Assert.That(LinuxSystem.ReadCached(-1, room, 0), Is.Negative);
    }

    [Test]
    public async Task A_client_that_leaves_ends_the_transfer()
    {
        _site.Write("file.bin", Letters(Large));
        var client = await _server.ConnectTcpAsync();
        await client.AskAsync("/file.bin");
        await client.ReadUntilAsync("\r\n\r\n");

        client.Abort();

        await _server.UntilIdleAsync();
        _server.Log.AssertQuiet();
    }

    private static string Letters(int size) => string.Create(size, new Random(size), (span, random) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = (char)random.Next(33, 127);
    });
}
