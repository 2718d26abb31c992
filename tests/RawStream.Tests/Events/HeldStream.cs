using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>A stream of events whose handler only waits: the test writes in its place, and says when it ends.</summary>
internal sealed class HeldStream
{
    private readonly TaskCompletionSource<EventWriter> _events = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static HeldStream Map(TestServer server, string path = "/events", EventStreamOptions? options = null)
    {
        var stream = new HeldStream();
        server.Http.Map($"GET {path}", _ => Response.Events(stream.WriteAsync, options));
        return stream;
    }

    /// <summary>Once a client has asked for it.</summary>
    public Task<EventWriter> Events => _events.Task.Within();

    public void End() => _end.TrySetResult();

    /// <summary>A client that has read the head, and the writer of its stream.</summary>
    public async Task<(TestClient Client, EventWriter Events)> OpenAsync(TestServer server, bool overSocket = false)
    {
        var client = overSocket ? await server.ConnectTcpAsync() : server.Connect();
        await client.AskAsync("/events");
        await client.ReadUntilAsync("\r\n\r\n");
        return (client, await Events);
    }

    /// <summary>How many events were written, and the last write, which waits for the client.</summary>
    public static async Task<(int Written, Task Pending)> WriteUntilItWaitsAsync(EventWriter events, string text)
    {
        for (var written = 1; ; written++)
        {
            var write = events.WriteAsync(text).AsTask();
            await Patience.UntilAsync(() => write.IsCompleted || events.Health.OldestQueued > TimeSpan.FromMilliseconds(20), "it is written, or waits");
            if (!write.IsCompleted) return (written, write);
            await write;
        }
    }

    public async ValueTask WriteAsync(EventWriter events)
    {
        _events.TrySetResult(events);
        await _end.Task;
    }
}
