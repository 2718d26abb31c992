using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Transport;

/// <summary>The connection without a socket behaves as TCP does.</summary>
public sealed class MemoryConnectionTests
{
    private const int Window = 100;

    [Test]
    public async Task Bytes_go_both_ways()
    {
        var connection = NewConnection();
        await connection.Client.WriteAsync("to the server"u8.ToArray());
        var read = await connection.Input.ReadAsync().Within();
        var arrived = System.Text.Encoding.ASCII.GetString(read.Buffer.FirstSpan);
        connection.TrySend("to the client"u8);

        Assert.That(arrived, Is.EqualTo("to the server"));
        Assert.That(await TestClient.Over(connection.Client).ReadTextAsync(13), Is.EqualTo("to the client"));
    }

    [Test]
    public void A_send_takes_what_the_window_holds()
    {
        var connection = NewConnection();

        Assert.That(connection.TrySend(new byte[Window + 1]), Is.EqualTo(Window));
        Assert.That(connection.TrySend(new byte[1]), Is.EqualTo(Connection.Pending));
    }

    [Test]
    public async Task A_pending_send_goes_on_when_the_client_reads()
    {
        var connection = NewConnection();
        var text = Enumerable.Range(0, 4000).Select(i => (byte)i).ToArray();
        var writing = connection.Output.WriteLargeAsync(text).AsTask();
        var drained = Task.Run(async () =>
        {
            await writing;
            await connection.Output.DrainAsync();
            connection.CloseSending();
        });

        var read = new MemoryStream();
        await connection.Client.CopyToAsync(read).Within();
        await drained.Within();

        Assert.That(read.ToArray(), Is.EqualTo(text));
    }

    /// <summary>A read of no bytes is how a stream is asked whether there are any; it may not disturb what waits.</summary>
    [Test]
    public async Task A_read_of_no_bytes_does_not_disturb_a_pending_send()
    {
        var connection = NewConnection();
        var text = Enumerable.Range(0, 3 * Window).Select(i => (byte)i).ToArray();
        await connection.Output.WriteLargeAsync(text).Within();

        await connection.Client.ReadAsync(Memory<byte>.Empty).Within();
        var client = TestClient.Over(connection.Client);

        Assert.That(await client.ReadTextAsync(text.Length), Is.EqualTo(System.Text.Encoding.Latin1.GetString(text)));
    }

    [Test]
    public async Task CompleteWrites_is_a_FIN_and_the_answer_is_still_read()
    {
        var connection = NewConnection();

        connection.Client.CompleteWrites();

        Assert.That(connection.TryReceive(new byte[1]), Is.Zero);
        Assert.That(connection.TrySend("answer"u8), Is.EqualTo(6));
        Assert.That(await TestClient.Over(connection.Client).ReadTextAsync(6), Is.EqualTo("answer"));
    }

    [Test]
    public void Abort_is_a_RST()
    {
        var connection = NewConnection();

        connection.Client.Abort();

        Assert.That(connection.TryReceive(new byte[1]), Is.EqualTo(Connection.Lost));
        Assert.That(connection.TrySend("answer"u8), Is.EqualTo(Connection.Lost));
    }

    [Test]
    public void After_Dispose_the_server_reads_to_the_end_and_can_send_no_more()
    {
        var connection = NewConnection();

        connection.Client.Dispose();

        Assert.That(connection.TryReceive(new byte[1]), Is.Zero);
        Assert.That(connection.TrySend("answer"u8), Is.EqualTo(Connection.Lost));
    }

    [Test]
    public async Task The_client_reads_what_was_sent_before_the_server_s_FIN()
    {
        var connection = NewConnection();
        connection.TrySend("last words"u8);

        connection.CloseSending();

        Assert.That(await TestClient.Over(connection.Client).ReadToEndAsync(), Is.EqualTo("last words"));
    }

    [Test]
    public async Task The_server_s_FIN_ends_a_read_that_waits()
    {
        var connection = NewConnection();
        var reading = connection.Client.ReadAsync(new byte[1]).AsTask();

        connection.CloseSending();

        Assert.That(await reading.Within(), Is.Zero);
    }

    [Test]
    public async Task The_server_s_RST_fails_reads_and_writes()
    {
        var connection = NewConnection();
        var reading = connection.Client.ReadAsync(new byte[1]).AsTask();

        connection.Close(reset: true);

        await Assert.ThatAsync(() => reading.Within(), Throws.InstanceOf<IOException>());
        await Assert.ThatAsync(() => connection.Client.WriteAsync(new byte[1]).AsTask(), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task The_server_s_close_fails_a_write_that_waits()
    {
        var connection = NewConnection();
        var writing = connection.Client.WriteAsync(new byte[Window + 1]).AsTask();

        connection.Close(reset: false);

        await Assert.ThatAsync(() => writing.Within(), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task A_client_s_wait_ends_with_its_token()
    {
        var connection = NewConnection();
        using var cancellation = new CancellationTokenSource();
        var reading = connection.Client.ReadAsync(new byte[1], cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThatAsync(() => reading.Within(), Throws.InstanceOf<OperationCanceledException>());
        connection.TrySend("x"u8);
        Assert.That(await connection.Client.ReadAsync(new byte[1]).Within(), Is.EqualTo(1));
    }

    [Test]
    public void It_has_no_address() => Assert.That(NewConnection().RemoteEndPoint, Is.Null);

    private static MemoryConnection NewConnection() => new(new TransportLimits(4096, 4096), Window);
}
