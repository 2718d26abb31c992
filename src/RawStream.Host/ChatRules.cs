namespace RawStream.Host;

/// <summary>What the chat takes from whoever sends it, and the bounds of its log.</summary>
internal static class ChatRules
{
    public const int NameMax = 40;
    public const int TextMax = 2000;

    /// <summary>Earlier events that whoever enters a room gets.</summary>
    public const int ReplayMax = 50;

    /// <summary>How many rooms one stream may follow.</summary>
    public const int RoomsMax = 8;

    /// <summary>How many rooms may have somebody in them. The log has place for some more, for those who ask at the same time.</summary>
    public const int RoomsInUseMax = 400;

    /// <summary>A text in JSON, where each character may be escaped as \uXXXX, and what stands around it.</summary>
    public const int BodyMax = 16 * 1024;

    /// <summary>64 MB, if there are as many rooms as there may be and all are full.</summary>
    public static readonly BroadcastOptions Log = new() { Replay = ReplayMax, MaxEvents = 500, MaxBytes = 128 * 1024, MaxTopics = 500 };

    /// <exception cref="BadRequestException">It is none.</exception>
    public static string Room(string? room) => room is { Length: > 0 and <= NameMax } && room.All(c => char.IsLetterOrDigit(c) || c == '-')
        ? room
        : throw new BadRequestException($"A room is named by 1 to {NameMax} letters, digits and hyphens.");

    /// <inheritdoc cref="Room"/>
    public static string Name(string? name) => name?.Trim() is { Length: > 0 and <= NameMax } trimmed && !trimmed.Any(char.IsControl)
        ? trimmed
        : throw new BadRequestException($"A name has 1 to {NameMax} characters.");

    /// <inheritdoc cref="Room"/>
    public static string Text(string? text) => text?.Trim() is { Length: > 0 and <= TextMax } trimmed
        ? trimmed
        : throw new BadRequestException($"A text has 1 to {TextMax} characters.");
}
