using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Attacks;

/// <summary>Who must not notice an attack: a stream that ticks, and a client that asks one thing after the other.</summary>
internal sealed class Healthy : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _ticks, _requests;
    private int _ticked, _answered;

    private Healthy(TestClient stream, TestClient asking)
    {
        _ticks = ReadTicksAsync(stream);
        _requests = AskAsync(asking);
    }

    public static void Map(TestServer server)
    {
        server.Http.Map("GET /healthy", _ => "fine");
        server.Http.Map("GET /healthy/ticks", request => Response.Stream(request.Every(TimeSpan.FromMilliseconds(50)).Select(now => $"{now:O}\n")));
    }

    /// <summary>It goes on until it is disposed of, which fails if it was harmed.</summary>
    public static async Task<Healthy> StartAsync(TestServer server)
    {
        var stream = await server.ConnectTcpAsync();
        await stream.AskAsync("/healthy/ticks");
        return new Healthy(stream, await server.ConnectTcpAsync());
    }

    public async ValueTask DisposeAsync()
    {
        var (ticked, answered) = (Volatile.Read(ref _ticked), Volatile.Read(ref _answered));
        await Patience.UntilAsync(() => Volatile.Read(ref _ticked) > ticked && Volatile.Read(ref _answered) > answered, "the stream ticks and requests are answered at the end, too");
        await _stop.CancelAsync();
        await Task.WhenAll(_ticks, _requests).Within();
        _stop.Dispose();
    }

    private async Task ReadTicksAsync(TestClient client)
    {
        await client.ReadUntilAsync("\r\n\r\n");
        while (!_stop.IsCancellationRequested)
        {
            await client.ReadUntilAsync("\n\r\n");
            Interlocked.Increment(ref _ticked);
        }
    }

    private async Task AskAsync(TestClient client)
    {
        while (!_stop.IsCancellationRequested)
        {
            Assert.That((await client.GetAsync("/healthy")).Text, Is.EqualTo("fine"));
            Interlocked.Increment(ref _answered);
            await Task.Delay(5);
        }
    }
}
