using System.Globalization;
using System.Text;
using NUnit.Framework;

namespace RawStream.Tests.Wire;

/// <summary>decode(encode(x)) = x, for every body, every way to cut it into chunks, and every way to cut those into reads.</summary>
[TestFixture]
public sealed class ChunkedRoundTripTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ErrorLog _errors = new();
    private HttpServer _server = null!;

    [OneTimeSetUp]
    public void CreateServer() => _server = WireServer.Create(_errors);

    [OneTimeTearDown]
    public async Task NothingIsLoggedAsAnError()
    {
        await _server.DisposeAsync();
        Assert.That(_errors.Errors, Is.Empty);
    }

    [TestCase("/echo")]
    [TestCase("/relay")]
    public async Task Small_bodies_come_back_for_every_split(string path)
    {
        var random = new Random(1);
        foreach (var size in new[] { 0, 1, 2, 15, 16, 17, 40 })
        {
            var body = Bytes(random, size);
            var request = Encode(path, body, random, chunkMax: 7);
            await RoundTripAsync(body, [request], $"{size} bytes, whole");
            for (var at = 1; at < request.Length; at++)
                await RoundTripAsync(body, [request[..at], request[at..]], $"{size} bytes, split at {at}");
        }
    }

    [Test]
    public async Task Large_bodies_come_back_for_random_chunks_and_splits(
        [Values("/echo", "/relay")] string path, [Values(1, 2, 3, 0)] int seed)
    {
        if (seed == 0) seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var round = 0; round < 20; round++)
        {
            var body = Bytes(random, random.Next(1, 200_000));
            var request = Encode(path, body, random, chunkMax: random.Next(1, 2) << random.Next(6, 17));
            await RoundTripAsync(body, Split(request, random), $"seed {seed}, round {round}");
        }
    }

    [Test]
    public async Task Every_byte_value_comes_back()
    {
        var body = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();
        await RoundTripAsync(body, [Encode("/echo", body, new Random(1), chunkMax: 1)], "every byte value");
    }

    // Away from NUnit's synchronization context, which would queue what a server does inline.
    private Task RoundTripAsync(byte[] body, IEnumerable<ReadOnlyMemory<byte>> pieces, string what) =>
        Task.Run(() => SendAndCompareAsync(body, pieces, what));

    private async Task SendAndCompareAsync(byte[] body, IEnumerable<ReadOnlyMemory<byte>> pieces, string what)
    {
        await using var client = new WireClient(_server, Patience);
        foreach (var piece in pieces) await client.SendAsync(piece);
        client.HalfClose();
        await client.WaitForEndAsync();
        var responses = WireResponse.ReadAll(client.Received.Span);
        Assert.That(responses, Has.Count.EqualTo(1), what);
        Assert.That(responses[0].Status, Is.EqualTo(200), what);
        Assert.That(responses[0].Body.AsSpan().SequenceEqual(body), Is.True, what);
    }

    /// <summary>A chunked POST with all that the grammar allows: zeros before sizes, either case, extensions and trailers.</summary>
    private static ReadOnlyMemory<byte> Encode(string path, byte[] body, Random random, int chunkMax)
    {
        using var request = new MemoryStream();
        request.Write(Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
        for (var at = 0; at < body.Length;)
        {
            var size = Math.Min(random.Next(1, chunkMax + 1), body.Length - at);
            request.Write(SizeLine(size, random));
            request.Write(body, at, size);
            request.Write("\r\n"u8);
            at += size;
        }
        request.Write(SizeLine(0, random));
        if (random.Next(2) == 0) request.Write("X-T: v\r\n"u8);
        request.Write("\r\n"u8);
        return request.ToArray();
    }

    private static byte[] SizeLine(int size, Random random)
    {
        var digits = size.ToString(random.Next(2) == 0 ? "x" : "X", CultureInfo.InvariantCulture);
        var zeros = new string('0', random.Next(4) == 0 ? random.Next(5) : 0);
        string[] extensions = ["", "", ";a", ";a=b", ";a=\"b;\\\"c\"", " ; a = b"];
        return Encoding.ASCII.GetBytes(zeros + digits + extensions[random.Next(extensions.Length)] + "\r\n");
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> bytes, Random random)
    {
        var pieceMax = 1 << random.Next(4, 17);
        while (!bytes.IsEmpty)
        {
            var length = Math.Min(random.Next(1, pieceMax + 1), bytes.Length);
            yield return bytes[..length];
            bytes = bytes[length..];
        }
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
