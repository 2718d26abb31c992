using System.Text;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Server;

/// <summary>One flush is one chunk, with the shortest size line, however long it is and however it was written.</summary>
public sealed class ChunkTests
{
    private static readonly int[] Sizes = [1, 15, 16, 255, 256, 1024, 1025, 4095, 4096, 65_528, 65_535, 65_536, 1024 * 1024];

    /// <summary>What it is written with; the bytes are Latin letters, so that a text has as many bytes.</summary>
    private static readonly Dictionary<string, Func<ResponseWriter, byte[], Task>> Ways = new()
    {
        ["bytes"] = (response, bytes) => response.WriteAsync(bytes).AsTask(),
        ["text"] = (response, bytes) => response.WriteAsync(Encoding.ASCII.GetString(bytes)).AsTask(),
        ["one span"] = (response, bytes) =>
        {
            bytes.CopyTo(response.Body.GetSpan(bytes.Length));
            response.Body.Advance(bytes.Length);
            return response.FlushAsync().AsTask();
        },
        ["many spans"] = (response, bytes) =>
        {
            foreach (var piece in bytes.Chunk(1000))
            {
                piece.CopyTo(response.Body.GetSpan(piece.Length));
                response.Body.Advance(piece.Length);
            }
            return response.Body.FlushAsync().AsTask();
        },
        ["whatever fits"] = (response, bytes) =>
        {
            for (var left = bytes.AsSpan(); !left.IsEmpty;)
            {
                var span = response.Body.GetSpan();
                var count = Math.Min(span.Length, left.Length);
                left[..count].CopyTo(span);
                response.Body.Advance(count);
                left = left[count..];
            }
            return response.FlushAsync().AsTask();
        },
        ["the pipe's write"] = (response, bytes) => response.Body.WriteAsync(bytes).AsTask(),
        ["a span and bytes"] = (response, bytes) =>
        {
            response.Body.GetSpan(1)[0] = bytes[0];
            response.Body.Advance(1);
            return response.WriteAsync(bytes.AsMemory(1)).AsTask();
        },
    };

    [Test]
    public async Task One_flush_is_one_chunk([ValueSource(nameof(WayNames))] string way, [ValueSource(nameof(Sizes))] int size)
    {
        var before = Letters(3, 0);
        var chunk = Letters(size, 1);
        var after = Letters(5, 2);
        await using var server = new TestServer();
        server.Http.Map("GET /first", (request, response) => new ValueTask(Ways[way](response, chunk)));
        server.Http.Map("GET /between", async (request, response) =>
        {
            await response.WriteAsync(before);
            await Ways[way](response, chunk);
            await response.WriteAsync(after);
        });
        var client = server.Connect();

        Assert.That((await client.GetAsync("/first")).Chunks, Is.EqualTo(new[] { Text(chunk) }));
        Assert.That((await client.GetAsync("/between")).Chunks, Is.EqualTo(new[] { Text(before), Text(chunk), Text(after) }));
        server.Log.AssertQuiet();
    }

    [Test]
    public async Task Many_small_chunks_keep_their_borders([Values(1, 64, 1000)] int size)
    {
        const int count = 5000;
        await using var server = new TestServer();
        server.Http.Map("GET /", async (request, response) =>
        {
            for (var i = 0; i < count; i++) await response.WriteAsync(Letters(size, i));
        });

        var reply = await server.GetAsync("/");

        Assert.That(reply.Chunks, Is.EqualTo(Enumerable.Range(0, count).Select(i => Text(Letters(size, i)))));
    }

    [Test]
    public async Task A_head_and_its_first_chunk_are_predictable_to_the_byte()
    {
        await using var server = new TestServer(time: new ManualTime());
        server.Http.Map("GET /", async (request, response) =>
        {
            response.Headers["Content-Type"] = "text/plain";
            await response.WriteAsync("It is 12\n");
            await response.WriteAsync(new byte[0x1f]);
        });
        var client = server.Connect();

        await client.AskAsync("/");

        Assert.That(await client.ReadUntilAsync("\r\n0\r\n\r\n"), Is.EqualTo(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Fri, 20 Nov 2026 12:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n" +
            $"9\r\nIt is 12\n\r\n1f\r\n{new string('\0', 0x1f)}\r\n0\r\n\r\n"));
    }

    [Test]
    public async Task Text_beyond_ASCII_is_counted_in_bytes([Values(1, 300, 5000, 100_000)] int characters)
    {
        var text = new string('€', characters);
        await using var server = new TestServer();
        server.Http.Map("GET /", (request, response) => response.WriteAsync(text));

        Assert.That((await server.GetAsync("/")).Chunks, Is.EqualTo(new[] { Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)) }));
    }

    private static byte[] Letters(int count, int from) => [.. Enumerable.Range(from, count).Select(i => (byte)('a' + i % 26))];

    private static string Text(byte[] bytes) => Encoding.ASCII.GetString(bytes);

    private static string[] WayNames() => [.. Ways.Keys];
}
