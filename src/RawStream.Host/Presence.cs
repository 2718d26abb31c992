namespace RawStream.Host;

/// <summary>Who is in which room. It is not guarded: who joins, and what the others are told, has to be one step.</summary>
internal sealed class Presence
{
    /// <summary>As many names are told; of a larger room, those who came first.</summary>
    private const int NamesMax = 100;

    private readonly Dictionary<string, List<Subscription<ChatEvent>>> _rooms = [];

    public bool HasPlaceFor(string room) => _rooms.ContainsKey(room) || _rooms.Count < ChatRules.RoomsInUseMax;

    /// <summary>False for one that has left already: a stream may be closed while it is being led into a room.</summary>
    public bool Add(string room, Subscription<ChatEvent> stream)
    {
        if (!stream.IsOpen) return false;
        if (!_rooms.TryGetValue(room, out var streams)) _rooms[room] = streams = [];
        streams.Add(stream);
        return true;
    }

    /// <summary>False for one that never came in.</summary>
    public bool Remove(string room, Subscription<ChatEvent> stream)
    {
        if (!_rooms.TryGetValue(room, out var streams) || !streams.Remove(stream)) return false;
        if (streams.Count == 0) _rooms.Remove(room);
        return true;
    }

    /// <summary>Each name once, however many windows its owner has open.</summary>
    public IReadOnlyList<string> Names(string room) =>
        _rooms.TryGetValue(room, out var streams) ? [.. streams.Select(NameOf).Distinct().Take(NamesMax)] : [];

    public static string NameOf(Subscription<ChatEvent> stream) => (string)stream.Tag!;
}
