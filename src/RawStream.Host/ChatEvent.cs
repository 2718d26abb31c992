using System.Text.Json.Serialization;

namespace RawStream.Host;

/// <summary>What is sent to all who are in a room. Its type becomes the event's name.</summary>
internal abstract record ChatEvent;

internal sealed record Said(string Room, string Name, string Text, DateTimeOffset At) : ChatEvent;

/// <param name="Room">Where.</param>
/// <param name="Name">Who.</param>
/// <param name="Present">Who is there now: a newcomer need not have heard who came before.</param>
/// <param name="At">When.</param>
internal sealed record Joined(string Room, string Name, IReadOnlyList<string> Present, DateTimeOffset At) : ChatEvent;

/// <param name="Room">Where.</param>
/// <param name="Name">Who.</param>
/// <param name="Present">Who is still there.</param>
/// <param name="At">When.</param>
internal sealed record Left(string Room, string Name, IReadOnlyList<string> Present, DateTimeOffset At) : ChatEvent;

/// <summary>What a stream tells of itself, before all else.</summary>
/// <param name="Key">What it is called.</param>
/// <param name="LastEventId">The last event that there was before it, of any room: what is older is replayed.</param>
internal sealed record Opened(string Key, string? LastEventId);

/// <summary>What somebody sends.</summary>
internal sealed record Utterance(string? Name, string? Text);

/// <summary>Into which rooms, and out of which; in the answer, where the stream is now.</summary>
internal sealed record Move(
    IReadOnlyList<string>? Follow = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Unfollow = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Said))]
[JsonSerializable(typeof(Joined))]
[JsonSerializable(typeof(Left))]
[JsonSerializable(typeof(Opened))]
[JsonSerializable(typeof(Utterance))]
[JsonSerializable(typeof(Move))]
internal sealed partial class ChatJson : JsonSerializerContext;
