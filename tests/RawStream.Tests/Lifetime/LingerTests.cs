using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>
/// After its last response the server goes on reading, so that the client sees that response and not a RST (RFC 9112 §9.6).
/// </summary>
[TestFixture]
public sealed class LingerTests
{
    // The window of the in-memory connection takes the first piece and a part of the second: the end waits for the client.
    private const int FirstPiece = 60_000;
    private const int SecondPiece = 20_000;

    [Test]
    public async Task Time_in_which_a_client_takes_its_response_is_not_lingering()
    {
        await using var site = new Site(async (request, response) =>
        {
            await response.WriteAsync(new byte[FirstPiece]);
            await response.WriteAsync(new byte[SecondPiece]);
        });
        await using var peer = site.Connect();

        await peer.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n");
        await peer.SendAsync(new byte[1000]);
        Assert.That(() => site.Server.Metrics.RunningHandlers, Is.Zero.After(5).Seconds.PollEvery(1).MilliSeconds);
        site.Clock.Advance(TimeSpan.FromSeconds(3.5)); // More than Linger, less than Write.
        var received = await peer.ReadToEndAsync();

        Assert.That(peer.WasReset, Is.False);
        Assert.That(received, Does.EndWith("\r\n0\r\n\r\n"));
        Assert.That(received, Has.Length.GreaterThan(FirstPiece + SecondPiece));
        Assert.That(() => peer.SendAsync(new byte[1000]), Throws.Nothing, "The rest of the body is not taken any more.");
    }
}
