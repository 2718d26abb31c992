using System.Collections.Concurrent;
using System.Globalization;
using RawStream.Tests.Support;

namespace RawStream.Tests.Broadcast;

/// <summary>A server that sends one broadcast of texts, and clients that listen to it; all end with the test.</summary>
internal sealed class Station : IAsyncDisposable
{
    /// <summary>So large that not many fit into a connection.</summary>
    public const int Large = 2000;

    private readonly ConcurrentDictionary<string, Func<Request, Subscription<string>>> _asked = [];
    private readonly ConcurrentDictionary<string, Subscription<string>> _made = [];
    private int _names;

    public Station(
        BroadcastOptions? options = null, EventStreamOptions? stream = null, TimeProvider? time = null, HttpTimeouts? timeouts = null,
        Broadcast<string>? broadcast = null, HttpLimits? limits = null)
    {
        Broadcast = broadcast ?? new Broadcast<string>(options);
        Server = new TestServer(limits, timeouts, time);
        Server.Http.Map("GET /events/{name}", request =>
        {
            var name = request.Route["name"];
            return Response.Events(_made[name] = _asked[name](request), stream);
        });
        Server.Http.Map("GET /plain", _ => "plain");
    }

    public Broadcast<string> Broadcast { get; }

    public TestServer Server { get; }

    /// <summary>A client whose stream is open: its head is here.</summary>
    public Task<Listener> ListenAsync(string? lastEventId = null, SlowConsumerPolicy? policy = null, int? replay = null, string[]? topics = null, bool overTcp = false) =>
        ListenAsync(request => Subscribe(request, topics ?? [""], policy, replay), lastEventId, overTcp);

    public async Task<Listener> ListenAsync(Func<Request, Subscription<string>> subscribe, string? lastEventId = null, bool overTcp = false)
    {
        var listener = Ask(overTcp ? await Server.ConnectTcpAsync() : Server.Connect(), subscribe, out var target);
        await listener.Client.AskAsync(target, fields: lastEventId is null ? "" : $"Last-Event-ID: {lastEventId}\r\n");
        await listener.ReadHeadAsync();
        return listener;
    }

    /// <summary>A client that has still to ask for the target.</summary>
    public Listener Ask(TestClient client, Func<Request, Subscription<string>> subscribe, out string target)
    {
        var name = Interlocked.Increment(ref _names).ToString(CultureInfo.InvariantCulture);
        _asked[name] = subscribe;
        target = $"/events/{name}";
        return new Listener(client, () => _made.GetValueOrDefault(name));
    }

    /// <summary>Its default listener, to be asked for by hand.</summary>
    public Listener Ask(TestClient client, out string target) => Ask(client, request => Broadcast.Subscribe(request.LastEventId), out target);

    /// <summary>Publishes "1", "2" and so on, as the sequence goes, each padded to a size, and waits until all of it is handed over.</summary>
    public async Task PublishAsync(int count, int size = 0, string topic = "", string? key = null)
    {
        for (var i = 0; i < count; i++) Broadcast.Publish(Text(NextSequence, size), key: key, topic: topic);
        await Broadcast.DeliveredAsync().Within();
    }

    /// <summary>Publishes one by one; others read along meanwhile.</summary>
    public async Task PublishSlowlyAsync(int count, int size, params Listener[] others)
    {
        for (var i = 0; i < count; i++)
        {
            await PublishAsync(1, size);
            foreach (var other in others) await other.ReadUntilAsync(LastSequence);
        }
    }

    /// <summary>Publishes until a client that does not read is behind: one event is in the log that it was not sent. The sequence of the one before.</summary>
    public async Task<int> StallAsync(Listener listener, int size = Large, params Listener[] others)
    {
        var topic = listener.Subscription.Topics.First();
        var before = LastSequence - listener.Subscription.Passed();
        while (listener.Subscription.Passed() == LastSequence - before)
        {
            await PublishAsync(1, size, topic);
            foreach (var other in others) await other.ReadUntilAsync(LastSequence);
        }
        return (int)LastSequence - 1;
    }

    /// <summary>The text of an event: its sequence, padded.</summary>
    public static string Text(long sequence, int size = 0) => sequence.ToString(CultureInfo.InvariantCulture).PadRight(size, '.');

    public long LastSequence => NextSequence - 1;

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    private long NextSequence => Broadcast.LastEventId is { } id ? long.Parse(id[(id.LastIndexOf('-') + 1)..], CultureInfo.InvariantCulture) + 1 : 1;

    private Subscription<string> Subscribe(Request request, string[] topics, SlowConsumerPolicy? policy, int? replay) =>
        Broadcast.Subscribe(topics, request.LastEventId, new SubscribeOptions { SlowConsumer = policy, Replay = replay });
}

internal static class SubscriptionCounts
{
    /// <summary>How many events it has behind it.</summary>
    public static long Passed<T>(this Subscription<T> subscription) => subscription.Delivered + subscription.Dropped + subscription.Conflated;
}
