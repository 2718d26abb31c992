using System.Buffers;
using System.IO.Pipelines;
using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Transport;

/// <summary>What reaches the peer, and when a writer has to wait, over a transport that does what the test says.</summary>
public sealed class ConnectionWriterTests
{
    private const int Bound = 16 * 1024;

    [Test]
    public void A_lone_flush_is_sent_at_once_on_the_writer_s_thread()
    {
        var connection = new FakeConnection();

        Write(connection.Output, 1, 2, 3);
        var flush = FlushAsync(connection);

        Assert.That(flush.IsCompletedSuccessfully);
        Assert.That(connection.Sent, Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(connection.LastSendThread, Is.EqualTo(Environment.CurrentManagedThreadId));
    }

    [Test]
    public void Nothing_is_sent_before_a_flush()
    {
        var connection = new FakeConnection();

        Write(connection.Output, 1, 2, 3);

        Assert.That(connection.Sends, Is.Zero);
        Assert.That(connection.Output.UnflushedBytes, Is.EqualTo(3));
    }

    [Test]
    public async Task An_empty_flush_sends_nothing()
    {
        var connection = new FakeConnection();

        await connection.Output.FlushAsync().Within();

        Assert.That(connection.Sends, Is.Zero);
    }

    /// <summary>The second flush of a clock tick is left to a queued sender; while that one is held up, all others cost nothing.</summary>
    [Test]
    public async Task A_burst_in_one_clock_tick_does_not_cost_one_send_per_flush()
    {
        using var senderMayGoOn = new ManualResetEventSlim();
        var senderIsHeldUp = new Signal();
        var writer = Environment.CurrentManagedThreadId;
        var connection = new FakeConnection();
        connection.OnSend = offered =>
        {
            if (Environment.CurrentManagedThreadId == writer) return offered; // Sent inline: the tick was a new one.
            senderIsHeldUp.Set();
            senderMayGoOn.Wait(Patience.Limit);
            return offered;
        };
        var written = 0;
        var sendsBefore = -1;
        while (connection.Sends != sendsBefore && written < 10_000)
        {
            sendsBefore = connection.Sends;
            FlushOne(connection.Output, ref written);
        }
        senderIsHeldUp.WaitAsync().GetAwaiter().GetResult(); // The last one was queued. An await would leave the writer's thread.
        sendsBefore = connection.Sends;

        for (var i = 0; i < 1000; i++) FlushOne(connection.Output, ref written);
        var sendsAtTheEnd = connection.Sends;
        senderMayGoOn.Set();
        await connection.Output.DrainAsync().Within();

        Assert.That(sendsAtTheEnd, Is.EqualTo(sendsBefore));
        Assert.That(connection.Sends, Is.LessThanOrEqualTo(sendsBefore + 2));
        Assert.That(connection.Sent, Is.EqualTo(Sequence(written)));

        // From the one writer's thread: an await would move it.
        static void FlushOne(ConnectionWriter output, ref int written)
        {
            Write(output, (byte)written++);
            Assert.That(output.FlushAsync().AsTask().IsCompletedSuccessfully);
        }
    }

    [Test]
    public async Task Bytes_keep_their_order_when_each_send_takes_a_part([Values(1, 2, 7, 100)] int atATime)
    {
        var connection = new FakeConnection { OnSend = offered => Math.Min(offered, atATime) };

        for (var i = 0; i < 50; i++)
        {
            Write(connection.Output, [.. Enumerable.Range(i * 10, 10).Select(b => (byte)b)]);
            await connection.Output.FlushAsync().Within();
        }
        await connection.Output.DrainAsync().Within();

        Assert.That(connection.Sent, Is.EqualTo(Sequence(500)));
    }

    [Test]
    public async Task A_send_that_waits_for_the_peer_goes_on_where_it_stopped()
    {
        var connection = new FakeConnection { OnSend = _ => Connection.Pending };

        Write(connection.Output, Sequence(10));
        await connection.Output.FlushAsync().Within();
        Write(connection.Output, [10, 11]);
        await connection.Output.FlushAsync().Within();
        connection.FinishSend(4);
        var pending = connection.InFlight.ToArray();
        connection.OnSend = offered => offered;
        connection.FinishSend(1);
        await connection.Output.DrainAsync().Within();

        Assert.That(pending.Take(6), Is.EqualTo(Sequence(10)[4..]));
        Assert.That(connection.Sent, Is.EqualTo(Sequence(12)));
    }

    [Test]
    public async Task A_writer_goes_on_up_to_the_bound_and_waits_there_until_all_is_sent()
    {
        var connection = new FakeConnection(bound: Bound) { OnSend = _ => Connection.Pending };
        var flushes = 0;
        Task<FlushResult> waiting;
        do
        {
            Write(connection.Output, new byte[1024]);
            waiting = FlushAsync(connection);
        }
        while (++flushes < 100 && waiting.IsCompleted);
        connection.FinishSend(1);
        var waitsStill = !waiting.IsCompleted;
        connection.OnSend = offered => offered;
        connection.FinishSend(1);
        await waiting.Within();

        Assert.That(flushes * 1024, Is.InRange(Bound - 1024, Bound), "it waits when the next one might not fit");
        Assert.That(waitsStill);
        Assert.That(connection.Sent, Has.Length.EqualTo(flushes * 1024));
        Write(connection.Output, 1);
        Assert.That(FlushAsync(connection).IsCompletedSuccessfully, "released, it goes on");
    }

    [Test]
    public async Task Two_flushes_in_flight_are_refused_and_the_first_one_completes()
    {
        var connection = new FakeConnection(bound: Bound) { OnSend = _ => Connection.Pending };
        Write(connection.Output, new byte[Bound]);
        var first = FlushAsync(connection);

        Assert.That(first.IsCompleted, Is.False);
        Assert.That(() => connection.Output.FlushAsync(), Throws.InvalidOperationException);
        Assert.That(() => connection.Output.TryWrite([1], default, default, out _), Throws.InvalidOperationException);
        connection.OnSend = offered => offered;
        connection.FinishSend(1);

        await first.Within();
        Assert.That(connection.Sent, Has.Length.EqualTo(Bound));
    }

    [Test]
    public async Task The_waiter_may_flush_and_block_on_the_thread_that_woke_it()
    {
        var connection = new FakeConnection(bound: Bound) { OnSend = _ => Connection.Pending };
        Write(connection.Output, new byte[Bound]);
        var sentWhileItBlocks = WriteOneMoreAsync();

        // The sender's role is given up before the waiter is woken: else its own bytes would wait for it to unblock.
        connection.OnSend = offered => offered;
        connection.FinishSend(1);

        Assert.That(await sentWhileItBlocks.Within(), Is.EqualTo(Bound + 1));

        async Task<int> WriteOneMoreAsync()
        {
            await connection.Output.FlushAsync();
            Write(connection.Output, 1);
            await connection.Output.FlushNowAsync();
            return connection.Sent.Length;
        }
    }

    [Test]
    public void A_larger_array_and_a_hang_up_leave_a_send_in_flight_its_own([Values] bool grows, [Values] bool hangsUp)
    {
        var connection = new FakeConnection { OnSend = _ => Connection.Pending };
        connection.Observe(connection);
        Write(connection.Output, Sequence(100));
        _ = FlushAsync(connection);

        if (grows) Write(connection.Output, new byte[5000]);
        if (hangsUp) connection.Output.Fail();
        if (hangsUp) connection.Output.Complete();
        OverwriteWhatThePoolLends();

        Assert.That(connection.HangUps, Is.EqualTo(hangsUp ? 1 : 0));
        Assert.That(connection.InFlight.ToArray(), Is.EqualTo(Sequence(100)));
        connection.FinishSend(Connection.Lost);
    }

    [Test]
    public void Each_array_is_returned_once_when_the_peer_is_lost_in_the_middle_of_a_send()
    {
        using var rented = new RentedArrays();
        var connection = new FakeConnection { OnSend = _ => Connection.Pending };
        Write(connection.Output, Sequence(100));
        _ = FlushAsync(connection);
        Write(connection.Output, new byte[5000]); // Moves to a larger array, the old one is in flight.

        connection.Output.Fail();
        connection.FinishSend(Connection.Lost);
        connection.Output.Complete();

        Assert.That(rented.HasSeenAny);
        Assert.That(rented.AllReturn());
    }

    [Test]
    public void A_waiting_connection_holds_no_array()
    {
        using var rented = new RentedArrays();
        var connection = new FakeConnection();

        Write(connection.Output, Sequence(100));
        _ = FlushAsync(connection);

        Assert.That(rented.HasSeenAny);
        Assert.That(rented.AllReturn());
    }

    [Test]
    public async Task A_waiting_flush_ends_by_cancellation_when_the_peer_is_lost()
    {
        var connection = new FakeConnection(bound: Bound) { OnSend = _ => Connection.Pending };
        Write(connection.Output, new byte[Bound]);
        var waiting = FlushAsync(connection);

        connection.FinishSend(Connection.Lost);

        await Assert.ThatAsync(() => waiting.Within(), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(connection.Output.IsLost);
    }

    [Test]
    public void A_write_after_the_loss_is_a_cancellation()
    {
        var connection = new FakeConnection { OnSend = _ => Connection.Lost };
        Write(connection.Output, 1);

        Assert.That(() => connection.Output.FlushAsync(), Throws.InstanceOf<OperationCanceledException>());
        Write(connection.Output, 1);
        Assert.That(() => connection.Output.FlushAsync(), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => connection.Output.TryWrite([1], default, default, out _), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(connection.Sends, Is.EqualTo(1));
    }

    [Test]
    public async Task Unflushed_bytes_can_be_changed_and_taken_back()
    {
        var connection = new FakeConnection();

        Write(connection.Output, 1, 2, 3, 4);
        connection.Output.Tail(4)[0] = 9;
        connection.Output.TakeBack(2);
        await connection.Output.FlushAsync().Within();

        Assert.That(connection.Sent, Is.EqualTo(new byte[] { 9, 2 }));
    }

    [Test]
    public async Task GetSpan_grows_beyond_the_bound_and_keeps_what_was_written()
    {
        var connection = new FakeConnection(bound: Bound) { OnSend = _ => Connection.Pending };
        Write(connection.Output, Sequence(100));
        await connection.Output.FlushAsync().Within();

        Write(connection.Output, Sequence(200)[100..]);
        Write(connection.Output, Sequence(200 + 5 * Bound)[200..]);
        connection.OnSend = offered => offered;
        var flush = FlushAsync(connection);
        connection.FinishSend(50);
        await flush.Within();
        await connection.Output.DrainAsync().Within();

        Assert.That(connection.Sent, Is.EqualTo(Sequence(200 + 5 * Bound)));
    }

    [Test]
    public async Task WriteLarge_takes_as_much_as_the_bound_allows_at_a_time()
    {
        var connection = new FakeConnection(bound: Bound) { OnSend = offered => Math.Min(offered, 1000) };

        await connection.Output.WriteLargeAsync(Sequence(10 * Bound + 1)).Within();
        await connection.Output.DrainAsync().Within();

        Assert.That(connection.Sent, Is.EqualTo(Sequence(10 * Bound + 1)));
    }

    [Test]
    public void TryWrite_is_all_or_nothing()
    {
        var connection = new FakeConnection(bound: Bound);

        var fits = connection.Output.TryWrite([1], [2], [3], out _);
        var tooLarge = connection.Output.TryWrite([4], new byte[Bound], [5], out _);

        Assert.That(fits);
        Assert.That(tooLarge, Is.False);
        Assert.That(connection.Output.UnflushedBytes, Is.Zero);
        Assert.That(connection.Sent, Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public void A_peer_that_takes_nothing_is_stalled_after_the_timeout_and_not_before()
    {
        var connection = new FakeConnection { OnSend = _ => Connection.Pending };
        Write(connection.Output, 1);
        _ = FlushAsync(connection);

        Assert.That(connection.Output.HasStalled(now: 1000, timeout: 500, bytesPerSecond: 0), Is.False, "the first look starts the clock");
        Assert.That(connection.Output.HasStalled(now: 1499, timeout: 500, bytesPerSecond: 0), Is.False);
        Assert.That(connection.Output.HasStalled(now: 1500, timeout: 500, bytesPerSecond: 0));
    }

    [TestCase(0, 1, false)]
    [TestCase(0, 0, true)]
    [TestCase(100, 49, true)]
    [TestCase(100, 50, false)]
    public void What_a_peer_acknowledges_is_progress_if_it_is_fast_enough(int bytesPerSecond, int acknowledged, bool hasStalled)
    {
        var connection = new FakeConnection { OnSend = _ => Connection.Pending, Acknowledged = 1000 };
        Write(connection.Output, 1);
        _ = FlushAsync(connection);

        Assert.That(connection.Output.HasStalled(now: 1000, timeout: 500, bytesPerSecond), Is.False);
        connection.Acknowledged += acknowledged;
        Assert.That(connection.Output.HasStalled(now: 1500, timeout: 500, bytesPerSecond), Is.EqualTo(hasStalled));
        if (!hasStalled) Assert.That(connection.Output.HasStalled(now: 2000, timeout: 500, bytesPerSecond), "each timeout is measured by itself");
    }

    [Test]
    public void Each_byte_that_a_slow_peer_takes_starts_the_timeout_anew()
    {
        var connection = new FakeConnection { OnSend = _ => Connection.Pending };
        Write(connection.Output, Sequence(100));
        _ = FlushAsync(connection);

        for (var now = 1000L; now < 10_000; now += 400)
        {
            Assert.That(connection.Output.HasStalled(now, timeout: 500, bytesPerSecond: 0), Is.False);
            connection.FinishSend(1);
        }
    }

    /// <summary>It takes half of what it should, each time before the next look, and more is written at once.</summary>
    [Test]
    public void A_peer_that_is_too_slow_is_found_out_although_no_send_is_pending_for_long()
    {
        var connection = new FakeConnection { OnSend = _ => Connection.Pending, Acknowledged = 1000 };
        Write(connection.Output, Sequence(100));
        _ = FlushAsync(connection);

        var verdicts = new List<bool>();
        for (var now = 1000L; now <= 1500; now += 100)
        {
            verdicts.Add(connection.Output.HasStalled(now, timeout: 500, bytesPerSecond: 100));
            connection.FinishSend(5);
            connection.Acknowledged += 5;
        }

        Assert.That(verdicts, Is.EqualTo(new[] { false, false, false, false, false, true }));
    }

    [Test]
    public void A_peer_that_keeps_up_between_two_looks_has_not_stalled()
    {
        var connection = new FakeConnection { OnSend = _ => Connection.Pending, Acknowledged = 1000 };
        for (var now = 1000L; now <= 10_000; now += 400)
        {
            Write(connection.Output, 1);
            _ = connection.Output.FlushNowAsync().AsTask();
            Assert.That(connection.Output.HasStalled(now, timeout: 500, bytesPerSecond: 100), Is.False);
            connection.FinishSend(1);
            Assert.That(connection.Output.HasStalled(now + 100, timeout: 500, bytesPerSecond: 100), Is.False);
            Assert.That(connection.Output.HasStalled(now + 200, timeout: 500, bytesPerSecond: 100), Is.False);
        }
    }

    [Test]
    public void A_peer_that_has_everything_is_not_stalled()
    {
        var connection = new FakeConnection();
        Write(connection.Output, 1);
        _ = FlushAsync(connection);

        Assert.That(connection.Output.HasStalled(now: 1000, timeout: 500, bytesPerSecond: 0), Is.False);
        Assert.That(connection.Output.HasStalled(now: 100_000, timeout: 500, bytesPerSecond: 0), Is.False);
    }

    [Test]
    public async Task Over_memory_the_reader_s_pace_is_the_writer_s()
    {
        var connection = new MemoryConnection(new TransportLimits(4096, 4096), window: 100);
        var text = Sequence(20_000);
        var writing = Task.Run(async () =>
        {
            for (var at = 0; at < text.Length; at += 50)
            {
                Write(connection.Output, text[at..(at + 50)]);
                await connection.Output.FlushAsync();
            }
            await connection.Output.DrainAsync();
            connection.CloseSending();
        });

        var read = new MemoryStream();
        await connection.Client.CopyToAsync(read).Within();
        await writing.Within();

        Assert.That(read.ToArray(), Is.EqualTo(text));
    }

    private static void OverwriteWhatThePoolLends()
    {
        foreach (var array in Enumerable.Range(0, 64).Select(_ => ArrayPool<byte>.Shared.Rent(4096)).ToList())
        {
            array.AsSpan().Fill(0xEE);
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    private static Task<FlushResult> FlushAsync(FakeConnection connection) => connection.Output.FlushAsync().AsTask();

    private static byte[] Sequence(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)i)];

    private static void Write(ConnectionWriter output, params byte[] bytes)
    {
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
    }
}
