using RawStream.Load.Soak.Workers;

namespace RawStream.Load.Soak;

/// <summary>A kind of client. A session is a connection, mostly, and lasts some seconds at most.</summary>
/// <param name="Name">As in the report.</param>
/// <param name="Count">How many work at a time.</param>
/// <param name="SessionAsync">Throws <see cref="InvalidDataException"/> for what must never be, and <see cref="IOException"/> for ends that nobody asked for.</param>
internal sealed record Worker(string Name, int Count, Func<Shift, Task> SessionAsync)
{
    public static readonly Worker[] All =
    [
        new("keep-alive", 4, shift => Requests.KeepAliveAsync(shift, isSecure: false)),
        new("churn", 2, Requests.ChurnAsync),
        new("pipelining", 2, Pipelining.SessionAsync),
        new("bodies", 4, shift => Bodies.SessionAsync(shift, isSecure: false)),
        new("unread bodies", 1, Bodies.UnreadAsync),
        new("streams", 4, shift => Streams.SessionAsync(shift, isSecure: false)),
        new("compressed streams", 3, Streams.CompressedAsync),
        new("slow clients", 8, Streams.SlowAsync),
        new("ticks", 50, Ticks.SessionAsync),
        new("events", 20, shift => Events.SessionAsync(shift, coding: null)),
        new("compressed events", 8, shift => Events.SessionAsync(shift, "gzip")),
        new("websockets", 4, Sockets.SessionAsync),
        new("files", 3, StaticFiles.SessionAsync),
        new("TLS requests", 2, shift => Requests.KeepAliveAsync(shift, isSecure: true)),
        new("TLS bodies", 2, shift => Bodies.SessionAsync(shift, isSecure: true)),
        new("TLS streams", 2, shift => Streams.SessionAsync(shift, isSecure: true)),
        new("stalled readers", 6, Stalled.SessionAsync),
        new("aborts", 6, Aborts.SessionAsync),
        new("bad requests", 2, BadRequests.SessionAsync),
        new("failing handlers", 1, FailingHandlers.SessionAsync),
    ];
}
