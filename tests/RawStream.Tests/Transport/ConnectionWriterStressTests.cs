using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Transport;

// The invariant: whatever the writer writes, in whatever pieces, and however little each send takes, on whatever thread, all
// bytes arrive, once, in their order; and when the peer is lost in between, what has arrived is a prefix of them.

/// <summary>One writer against a transport that takes a little at a time, now inline and now later on another thread.</summary>
public sealed class ConnectionWriterStressTests
{
    private const int Writes = 4000;
    private const int Bound = 4096;

    [Test]
    public async Task All_bytes_arrive_in_their_order([Values(1, 2, 3, 4, 5, 6, 7, 8, 0)] int seed)
    {
        if (seed == 0) seed = Random.Shared.Next();
        using var rented = new RentedArrays();
        var connection = new ErraticConnection(seed, Bound, bytesUntilLost: long.MaxValue);

        var written = await Task.Run(() => WriteAllAsync(connection, new Random(seed))).WaitAsync(Patience.Limit);

        Assert.That(connection.Fault, Is.Null, $"seed {seed}");
        Assert.That(connection.Received, Is.EqualTo(written), $"seed {seed}");
        Assert.That(rented.AllReturn(), $"seed {seed}");
    }

    [Test]
    public async Task A_loss_at_any_time_ends_the_writer_and_returns_every_array([Values(1, 2, 3, 4, 5, 6, 7, 8, 0)] int seed)
    {
        if (seed == 0) seed = Random.Shared.Next();
        using var rented = new RentedArrays();
        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            var connection = new ErraticConnection(random.Next(), Bound, bytesUntilLost: random.Next(20_000));
            try
            {
                await Task.Run(() => WriteAllAsync(connection, new Random(random.Next()))).WaitAsync(Patience.Limit);
                Assert.Fail($"seed {seed}, round {round}: the writer was not told of the loss");
            }
            catch (OperationCanceledException)
            {
                // As it must be.
            }
            connection.Output.Complete();
            await connection.WhenQuietAsync().Within();
            Assert.That(connection.Fault, Is.Null, $"seed {seed}, round {round}");
        }
        await Patience.UntilAsync(() => rented.Count == 0, $"every array is returned (seed {seed})");
    }

    /// <summary>Each byte tells its place in the stream. Tells how many were written.</summary>
    private static async Task<long> WriteAllAsync(ErraticConnection connection, Random random)
    {
        var output = connection.Output;
        long written = 0;
        for (var i = 0; i < Writes; i++)
        {
            var bytes = Numbered(written, random.Next(10) == 0 ? random.Next(3 * Bound) : random.Next(200));
            written += bytes.Length;
            switch (random.Next(4))
            {
                case 0 when bytes.Length <= Bound / 2 && output.TryWrite(bytes.AsSpan(0, bytes.Length / 2), bytes.AsSpan(bytes.Length / 2), default, out var flush):
                    await flush;
                    break;
                case 1:
                    await output.WriteLargeAsync(bytes);
                    break;
                default:
                    foreach (var piece in bytes.Chunk(100))
                    {
                        piece.CopyTo(output.GetMemory(piece.Length).Span);
                        output.Advance(piece.Length);
                    }
                    await (random.Next(5) == 0 ? output.FlushNowAsync() : output.FlushSoonAsync());
                    break;
            }
        }
        await output.DrainAsync();
        return written;
    }

    private static byte[] Numbered(long from, int count) => [.. Enumerable.Range(0, count).Select(i => ErraticConnection.ByteAt(from + i))];
}
