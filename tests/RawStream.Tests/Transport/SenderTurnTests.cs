using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Transport;

/// <summary>When the queue, in which many connections stand, has not come to a writer's sender yet: what the writer does itself, and what it waits for.</summary>
public sealed class SenderTurnTests
{
    private const int Bound = 16 * 1024;

    [Test]
    public void A_full_buffer_is_sent_by_its_writer_who_then_waits_for_its_turn()
    {
        var connection = NewConnection();
        var written = WriteUntilQueued(connection);

        var flush = Fill(connection, ref written);

        Assert.That(connection.Sent, Has.Length.EqualTo(written));
        Assert.That(connection.LastSendThread, Is.EqualTo(Environment.CurrentManagedThreadId));
        Assert.That(flush.IsCompleted, Is.False, "others are to have their turn");
        Assert.That(connection.Output.IsIdle, Is.False, "nobody may write beside it");
        TakeTurn(connection);
        Assert.That(flush.IsCompletedSuccessfully);
        Assert.That(connection.Sent, Has.Length.EqualTo(written));
        Assert.That(connection.Turns, Is.Empty);
    }

    [Test]
    public void After_its_turn_it_is_busy_and_its_next_flush_is_not_sent_by_itself()
    {
        var connection = NewConnection();
        var written = WriteUntilQueued(connection);
        for (var i = 0; i < 100; i++)
        {
            _ = Fill(connection, ref written);
            var sends = connection.Sends;
            var start = Environment.TickCount64;
            TakeTurn(connection);
            _ = Write(connection, 100, ref written);
            if (Environment.TickCount64 != start) continue; // It came in another tick of the clock.

            Assert.That(connection.Sends, Is.EqualTo(sends));
            Assert.That(connection.Turns, Has.Count.EqualTo(1));
            return;
        }
        Assert.Fail("the clock went on each time");
    }

    [Test]
    public void A_message_that_ends_does_not_wait_for_the_queue()
    {
        var connection = NewConnection();
        var written = WriteUntilQueued(connection);

        var end = connection.Output.FlushNowAsync().AsTask();

        Assert.That(end.IsCompletedSuccessfully);
        Assert.That(connection.Sent, Has.Length.EqualTo(written));
        var sends = connection.Sends;
        TakeTurn(connection); // It is not needed any more.
        Assert.That(connection.Sends, Is.EqualTo(sends));
    }

    [Test]
    public void A_writer_stands_in_the_queue_once_only()
    {
        var connection = NewConnection();
        var written = WriteUntilQueued(connection);

        for (var i = 0; i < 100; i++)
        {
            _ = Write(connection, 1, ref written);
            _ = connection.Output.FlushNowAsync().AsTask();
        }

        Assert.That(connection.Turns, Has.Count.EqualTo(1));
        Assert.That(connection.Sent, Has.Length.EqualTo(written));
    }

    [Test]
    public void A_peer_that_takes_only_a_part_is_waited_for_and_not_the_turn()
    {
        var connection = NewConnection();
        var written = WriteUntilQueued(connection);
        connection.OnSend = _ => Connection.Pending;

        var flush = Fill(connection, ref written);

        TakeTurn(connection);
        Assert.That(flush.IsCompleted, Is.False);
        connection.OnSend = offered => offered;
        connection.FinishSend(connection.InFlight.Length);
        Assert.That(flush.IsCompletedSuccessfully);
        Assert.That(connection.Sent, Has.Length.EqualTo(written));
    }

    [Test]
    public void A_turn_that_comes_before_the_buffer_is_full_sends_what_there_is()
    {
        var connection = NewConnection();
        var written = WriteUntilQueued(connection);

        TakeTurn(connection);

        Assert.That(connection.Sent, Has.Length.EqualTo(written));
        Assert.That(connection.Output.IsIdle);
    }

    [Test]
    public void A_peer_that_leaves_meanwhile_ends_the_wait_for_a_turn()
    {
        var connection = NewConnection();
        var written = WriteUntilQueued(connection);
        var flush = Fill(connection, ref written);

        connection.Output.Fail();

        Assert.That(async () => await flush, Throws.InstanceOf<OperationCanceledException>());
        TakeTurn(connection);
        Assert.That(connection.Sent, Has.Length.EqualTo(written));
    }

    [Test]
    public void A_turn_that_comes_during_the_writer_s_own_send_is_not_the_one_it_waits_for()
    {
        var connection = NewConnection();
        var written = WriteUntilQueued(connection);
        connection.OnSend = offered =>
        {
            if (connection.Turns!.Count > 0) TakeTurn(connection);
            return offered;
        };

        var flush = Fill(connection, ref written);

        Assert.That(flush.IsCompleted, Is.False);
        TakeTurn(connection);
        Assert.That(flush.IsCompletedSuccessfully);
        Assert.That(connection.Sent, Has.Length.EqualTo(written));
    }

    [Test]
    public void A_peer_that_leaves_during_the_writer_s_own_send_ends_its_flush()
    {
        var connection = NewConnection();
        var written = WriteUntilQueued(connection);
        connection.OnSend = offered =>
        {
            connection.Output.Fail();
            return offered;
        };

        Assert.That(() => Fill(connection, ref written), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => TakeTurn(connection), Throws.Nothing);
    }

    [Test]
    public void A_turn_that_was_not_needed_serves_what_is_queued_later()
    {
        var connection = NewConnection();
        var written = WriteUntilQueued(connection);
        _ = connection.Output.FlushNowAsync().AsTask();
        for (var sends = -1; connection.Sends != sends;)
        {
            sends = connection.Sends;
            _ = Write(connection, 1, ref written); // Queued, unless it came in another tick of the clock.
        }
        Assert.That(connection.Sent, Has.Length.EqualTo(written - 1));

        TakeTurn(connection);

        Assert.That(connection.Sent, Has.Length.EqualTo(written));
        Assert.That(connection.Turns, Is.Empty);
    }

    [Test]
    public void A_turn_does_not_end_the_wait_for_a_peer_that_takes_no_more()
    {
        var connection = NewConnection();
        var written = WriteUntilQueued(connection);
        connection.OnSend = _ => Connection.Pending;
        var drain = connection.Output.DrainAsync().AsTask();

        TakeTurn(connection);

        Assert.That(drain.IsCompleted, Is.False);
        connection.OnSend = offered => offered;
        connection.FinishSend(connection.InFlight.Length);
        Assert.That(drain.IsCompletedSuccessfully);
        Assert.That(connection.Sent, Has.Length.EqualTo(written));
    }

    private static FakeConnection NewConnection() => new(bound: Bound) { Turns = new Queue<IThreadPoolWorkItem>() };

    /// <summary>The first flush of a clock tick is sent at once, the second one is queued. How many bytes were written.</summary>
    private static int WriteUntilQueued(FakeConnection connection)
    {
        var written = 0;
        while (connection.Turns!.Count == 0 && written < Bound) Assert.That(Write(connection, 1, ref written).IsCompletedSuccessfully);
        Assert.That(connection.Turns, Has.Count.EqualTo(1));
        return written;
    }

    /// <summary>Writes until a flush is to be waited for.</summary>
    private static Task Fill(FakeConnection connection, ref int written)
    {
        while (true)
        {
            var flush = Write(connection, 1000, ref written);
            if (!flush.IsCompleted) return flush;
        }
    }

    private static Task Write(FakeConnection connection, int bytes, ref int written)
    {
        Assert.That(connection.Output.TryWrite(new byte[bytes], default, default, out var flush), Is.True);
        written += bytes;
        return flush.AsTask();
    }

    private static void TakeTurn(FakeConnection connection) => connection.Turns!.Dequeue().Execute();
}
