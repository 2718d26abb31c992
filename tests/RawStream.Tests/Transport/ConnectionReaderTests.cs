using System.IO.Pipelines;
using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Transport;

/// <summary>What a reader is handed, what is kept for it, and what is seen while nobody reads.</summary>
public sealed class ConnectionReaderTests
{
    private const int ReadAhead = 16 * 1024;

    [Test]
    public async Task What_came_before_the_read_is_there_at_once()
    {
        var connection = new FakeConnection();
        connection.Arrive(1, 2, 3);

        var read = await connection.Input.ReadAsync().Within();

        Assert.That(Bytes(read), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(read.IsCompleted || read.IsCanceled, Is.False);
    }

    [Test]
    public async Task A_read_waits_for_what_comes()
    {
        var connection = new FakeConnection();
        var reading = connection.Input.ReadAsync().AsTask();
        var waits = !reading.IsCompleted;

        connection.Arrive(1, 2, 3);

        Assert.That(waits);
        Assert.That(Bytes(await reading.Within()), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public async Task What_was_not_consumed_is_joined_by_what_comes_in_one_segment()
    {
        var connection = new FakeConnection();
        var all = Array.Empty<byte>();
        for (byte i = 0; i < 100; i++)
        {
            connection.Arrive([.. Enumerable.Repeat(i, 1000)]);
            var read = await connection.Input.ReadAsync().Within();

            Assert.That(read.Buffer.IsSingleSegment);
            Assert.That(read.Buffer.Length, Is.GreaterThan(all.Length));
            all = Bytes(read);
            connection.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
        while (all.Length < 100_000)
        {
            var read = await connection.Input.ReadAsync().Within();
            all = Bytes(read);
            connection.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        Assert.That(all, Is.EqualTo(Enumerable.Range(0, 100).SelectMany(i => Enumerable.Repeat((byte)i, 1000))));
    }

    [Test]
    public async Task What_was_examined_is_not_handed_out_again_before_more_has_come()
    {
        var connection = new FakeConnection();
        connection.Arrive(1, 2, 3);
        var read = await connection.Input.ReadAsync().Within();
        connection.Input.AdvanceTo(read.Buffer.GetPosition(1), read.Buffer.End);

        Assert.That(connection.Input.TryRead(out _), Is.False);
        var reading = connection.Input.ReadAsync().AsTask();
        Assert.That(reading.IsCompleted, Is.False);
        connection.Arrive(4);
        Assert.That(Bytes(await reading.Within()), Is.EqualTo(new byte[] { 2, 3, 4 }));
    }

    [Test]
    public async Task What_was_not_examined_is_handed_out_again_at_once()
    {
        var connection = new FakeConnection();
        connection.Arrive(1, 2, 3);
        var read = await connection.Input.ReadAsync().Within();
        connection.Input.AdvanceTo(read.Buffer.GetPosition(1), read.Buffer.GetPosition(2));

        Assert.That(connection.Input.TryRead(out var again));
        Assert.That(Bytes(again), Is.EqualTo(new byte[] { 2, 3 }));
    }

    [Test]
    public async Task A_result_that_is_out_does_not_move_while_more_comes()
    {
        var connection = new MemoryConnection(new TransportLimits(ReadAhead, 4096), window: 1024 * 1024);
        connection.Input.Watch();
        await connection.Client.WriteAsync(new byte[] { 1, 2, 3 });
        var read = await connection.Input.ReadAsync().Within();

        await connection.Client.WriteAsync(Enumerable.Repeat((byte)9, 500_000).ToArray());

        Assert.That(Bytes(read), Is.EqualTo(new byte[] { 1, 2, 3 }));
        connection.Input.AdvanceTo(read.Buffer.GetPosition(2));
        Assert.That(Bytes(await connection.Input.ReadAsync().Within()).Take(2), Is.EqualTo(new byte[] { 3, 9 }));
    }

    [Test]
    public async Task While_watching_the_read_ahead_is_bounded()
    {
        const int window = 1000;
        var connection = new MemoryConnection(new TransportLimits(ReadAhead, 4096), window);
        connection.Input.Watch();

        var taken = await SendUntilItWaitsAsync(connection.Client);

        Assert.That(taken, Is.InRange(ReadAhead, 2 * ReadAhead + window));
    }

    [Test]
    public async Task Reading_resumes_after_AdvanceTo_when_the_read_ahead_was_full()
    {
        var connection = new MemoryConnection(new TransportLimits(ReadAhead, 4096), window: 1000);
        connection.Input.Watch();
        var sent = Enumerable.Range(0, 100_000).Select(i => (byte)i).ToArray();
        var sending = connection.Client.WriteAsync(sent).AsTask();
        var waits = !sending.IsCompleted;

        var received = new List<byte>();
        while (received.Count < sent.Length)
        {
            var read = await connection.Input.ReadAsync().Within();
            received.AddRange(Bytes(read));
            connection.Input.AdvanceTo(read.Buffer.End);
        }
        await sending.Within();

        Assert.That(waits);
        Assert.That(received, Is.EqualTo(sent));
    }

    [Test]
    public async Task Without_watching_nothing_is_taken_ahead()
    {
        const int window = 1000;
        var connection = new MemoryConnection(new TransportLimits(ReadAhead, 4096), window);

        Assert.That(await SendUntilItWaitsAsync(connection.Client), Is.EqualTo(window));
    }

    [Test]
    public async Task FIN_ends_the_input_after_what_came_before_it()
    {
        var connection = new FakeConnection();
        connection.Arrive(1);
        connection.Finish();

        var read = await connection.Input.ReadAsync().Within();
        var bytes = Bytes(read);
        connection.Input.AdvanceTo(read.Buffer.End);
        var end = await connection.Input.ReadAsync().Within();

        Assert.That(bytes, Is.EqualTo(new byte[] { 1 }));
        Assert.That(end.IsCompleted && end.Buffer.IsEmpty);
    }

    [Test]
    public void FIN_is_seen_while_watching_though_nobody_reads()
    {
        var connection = new FakeConnection();
        connection.Observe(connection);
        connection.Input.Watch();
        connection.Arrive(1, 2, 3);

        connection.Finish();

        Assert.That(connection.HangUps, Is.EqualTo(1));
        Assert.That(connection.HasHungUp);
        Assert.That(connection.Output.IsLost, Is.False, "what is written still arrives");
    }

    /// <summary>While a result is out and its array is full, nothing more can be received, and so no hang-up seen behind it.</summary>
    [Test]
    public async Task FIN_behind_a_full_array_is_seen_when_the_result_is_given_back()
    {
        var connection = new FakeConnection();
        connection.Observe(connection);
        connection.Input.Watch();
        connection.Arrive(1, 2, 3);
        var read = await connection.Input.ReadAsync().Within();
        connection.Arrive(new byte[ReadAhead / 2]);
        connection.Finish();
        var seenBefore = connection.HangUps;

        connection.Input.AdvanceTo(read.Buffer.End);

        Assert.That(seenBefore, Is.Zero);
        Assert.That(connection.HangUps, Is.EqualTo(1));
    }

    [Test]
    public void RST_is_seen_while_watching_and_ends_the_writer_too()
    {
        var connection = new MemoryConnection(new TransportLimits(ReadAhead, 4096));
        connection.Input.Watch();

        connection.Client.Abort();

        Assert.That(connection.HasHungUp);
        Assert.That(connection.Output.IsLost);
    }

    [Test]
    public async Task RST_ends_a_read_that_waits()
    {
        var connection = new MemoryConnection(new TransportLimits(ReadAhead, 4096));
        var reading = connection.Input.ReadAsync().AsTask();

        connection.Client.Abort();

        Assert.That((await reading.Within()).IsCompleted);
    }

    [Test]
    public async Task A_token_ends_a_read_that_waits_and_the_next_read_works()
    {
        var connection = new FakeConnection();
        using var cancellation = new CancellationTokenSource();
        var reading = connection.Input.ReadAsync(cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThatAsync(() => reading.Within(), Throws.InstanceOf<OperationCanceledException>());
        connection.Arrive(1);
        Assert.That(Bytes(await connection.Input.ReadAsync().Within()), Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public async Task A_token_that_has_fired_already_ends_the_read_before_it_begins()
    {
        var connection = new FakeConnection();
        connection.Arrive(1);

        Assert.That(() => connection.Input.ReadAsync(new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Bytes(await connection.Input.ReadAsync().Within()), Is.EqualTo(new byte[] { 1 }), "nothing was lost");
    }

    [Test]
    public async Task CancelPendingRead_ends_one_read_and_loses_nothing()
    {
        var connection = new FakeConnection();
        var reading = connection.Input.ReadAsync().AsTask();

        connection.Input.CancelPendingRead();
        var canceled = await reading.Within();
        connection.Input.AdvanceTo(canceled.Buffer.End);
        connection.Arrive(1);
        var read = await connection.Input.ReadAsync().Within();

        Assert.That(canceled.IsCanceled);
        Assert.That(read.IsCanceled, Is.False);
        Assert.That(Bytes(read), Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public async Task CancelPendingRead_before_a_read_ends_that_one()
    {
        var connection = new FakeConnection();

        connection.Input.CancelPendingRead();

        Assert.That((await connection.Input.ReadAsync().Within()).IsCanceled);
    }

    [Test]
    public async Task Bytes_that_come_while_an_empty_result_is_out_are_kept()
    {
        var connection = new FakeConnection();
        connection.Input.Watch();
        connection.Input.CancelPendingRead();
        var empty = await connection.Input.ReadAsync().Within();

        connection.Arrive(1, 2);
        connection.Input.AdvanceTo(empty.Buffer.Start, empty.Buffer.End);

        Assert.That(Bytes(await connection.Input.ReadAsync().Within()), Is.EqualTo(new byte[] { 1, 2 }));
    }

    [Test]
    public async Task Two_reads_at_a_time_are_refused_and_the_first_one_completes()
    {
        var connection = new FakeConnection();
        var first = connection.Input.ReadAsync().AsTask();

        Assert.That(() => connection.Input.ReadAsync(), Throws.InvalidOperationException);
        Assert.That(() => connection.Input.TryRead(out _), Throws.InvalidOperationException);
        connection.Arrive(1);
        Assert.That(Bytes(await first.Within()), Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public async Task A_read_before_AdvanceTo_and_AdvanceTo_before_a_read_are_refused()
    {
        var connection = new FakeConnection();
        Assert.That(() => connection.Input.AdvanceTo(default), Throws.InvalidOperationException);
        connection.Arrive(1);
        await connection.Input.ReadAsync().Within();

        Assert.That(() => connection.Input.ReadAsync(), Throws.InvalidOperationException);
    }

    [Test]
    public async Task A_connection_that_waits_holds_no_array()
    {
        using var rented = new RentedArrays();
        var connection = new FakeConnection();
        connection.Arrive(1, 2, 3);
        var read = await connection.Input.ReadAsync().Within();
        connection.Input.AdvanceTo(read.Buffer.End);

        _ = connection.Input.ReadAsync().AsTask();

        Assert.That(rented.HasSeenAny);
        Assert.That(rented.AllReturn());
    }

    private static byte[] Bytes(ReadResult read) => read.Buffer.FirstSpan.ToArray();

    /// <summary>How many bytes a peer gets rid of while nobody reads.</summary>
    private static async Task<int> SendUntilItWaitsAsync(MemoryClient client)
    {
        for (var sent = 0; ; sent++)
        {
            var write = client.WriteAsync(new byte[1]).AsTask();
            if (!write.IsCompleted) return sent;
            await write;
        }
    }
}
