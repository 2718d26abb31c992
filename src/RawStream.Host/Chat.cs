using System.Net.ServerSentEvents;
using System.Text.Json;

namespace RawStream.Host;

/// <summary>
/// A chat over one broadcast: a room is a topic. Whoever enters gets what was said before, and whoever comes back what was missed.
/// <list type="bullet">
/// <item><c>GET /chat/events?room=R&amp;name=N</c> enters a room. The first event, <c>opened</c>, tells the key of the stream.</item>
/// <item><c>POST /chat/{room}</c> says something: JSON with name and text, or a text, and the name in the query.</item>
/// <item><c>POST /streams/{key}/topics</c> changes rooms, and the stream stays open.</item>
/// <item><c>DELETE /streams/{key}</c> ends it, as proxies do with long connections: a client comes back by itself.</item>
/// </list>
/// </summary>
internal sealed class Chat
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private static readonly EventTypes<ChatEvent> Events = new EventTypes<ChatEvent>()
        .Add("said", ChatJson.Default.Said)
        .Add("joined", ChatJson.Default.Joined)
        .Add("left", ChatJson.Default.Left);

    private readonly TimeProvider _time;
    private readonly Broadcast<ChatEvent> _rooms;
    private readonly Presence _presence = new();
    private readonly Lock _gate = new(); // Who is there, and what is told of it, change together.

    public Chat(TimeProvider time)
    {
        _time = time;
        _rooms = new Broadcast<ChatEvent>(Events, ChatRules.Log) { OnJoin = Enter, OnLeave = Leave };
    }

    public Response Listen(Request request)
    {
        var stream = _rooms.Subscribe([CheckRoom(request.Query["room"])], request.LastEventId);
        stream.Tag = ChatRules.Name(request.Query["name"]);
        var opened = JsonSerializer.Serialize(new Opened(stream.Key, _rooms.LastEventId), ChatJson.Default.Opened);
        return Response.Events(stream, new EventStreamOptions { Retry = Retry, First = new SseItem<string>(opened, "opened") });
    }

    public async ValueTask<Response> Say(Request request)
    {
        request.MaxBodySize = ChatRules.BodyMax;
        var room = CheckRoom(request.Route["room"]);
        var (name, text) = await ReadUtterance(request);
        _rooms.Publish(new Said(room, ChatRules.Name(name), ChatRules.Text(text), _time.GetUtcNow()), topic: room);
        return Response.Empty();
    }

    public async ValueTask<Response> Move(Request request)
    {
        request.MaxBodySize = ChatRules.BodyMax;
        if (_rooms.Find(request.Route["key"]) is not { } stream) return NoStream();
        var move = await request.ReadJsonAsync(ChatJson.Default.Move);
        string[] unfollow = [.. (move?.Unfollow ?? []).Select(ChatRules.Room)];
        string[] follow = [.. (move?.Follow ?? []).Select(CheckRoom).Except(unfollow)];
        lock (_gate)
        {
            if (stream.Topics.Except(unfollow).Union(follow).Count() > ChatRules.RoomsMax)
                throw new BadRequestException($"A stream follows up to {ChatRules.RoomsMax} rooms.");
            foreach (var room in follow) stream.Follow(room, ChatRules.ReplayMax);
            foreach (var room in unfollow) stream.Unfollow(room);
            return Response.Json(new Move([.. stream.Topics]), ChatJson.Default.Move);
        }
    }

    public Response End(Request request)
    {
        if (_rooms.Find(request.Route["key"]) is not { } stream) return NoStream();
        stream.End();
        return Response.Empty();
    }

    private string CheckRoom(string? name)
    {
        var room = ChatRules.Room(name);
        lock (_gate) return _presence.HasPlaceFor(room) ? room : throw new BadRequestException("All rooms are in use.", status: 429);
    }

    private void Enter(Subscription<ChatEvent> stream, string room)
    {
        lock (_gate)
        {
            if (_presence.Add(room, stream))
                _rooms.Publish(new Joined(room, Presence.NameOf(stream), _presence.Names(room), _time.GetUtcNow()), topic: room);
        }
    }

    private void Leave(Subscription<ChatEvent> stream, string room)
    {
        lock (_gate)
        {
            if (_presence.Remove(room, stream) && _presence.Names(room) is { Count: > 0 } names) // Else there is nobody to be told.
                _rooms.Publish(new Left(room, Presence.NameOf(stream), names, _time.GetUtcNow()), topic: room);
        }
    }

    private static async ValueTask<Utterance> ReadUtterance(Request request) =>
        request.Headers["Content-Type"] is { } type && type.StartsWith("application/json", StringComparison.OrdinalIgnoreCase)
            ? await request.ReadJsonAsync(ChatJson.Default.Utterance) ?? new Utterance(null, null)
            : new Utterance(request.Query["name"], await request.ReadTextAsync());

    private static Response NoStream() => Response.Text("There is no such stream.\n", 404);
}
