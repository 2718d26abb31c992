using System.Text.Json.Serialization;

namespace RawStream.Host;

/// <summary>An answer, or a chunk of one, in the shape of OpenAI's API.</summary>
/// <param name="Id">The same in all chunks of an answer.</param>
/// <param name="Object"><c>chat.completion</c>, or <c>chat.completion.chunk</c>.</param>
/// <param name="Created">Seconds since 1970.</param>
/// <param name="Model">Who answers.</param>
internal sealed record Completion(string Id, string Object, long Created, string Model)
{
    /// <summary>One.</summary>
    public IReadOnlyList<Choice> Choices { get; init; } = [];
}

/// <summary>An answer to the one question: all of it as a message, or what is new as a delta.</summary>
internal sealed record Choice(
    int Index,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ChatMessage? Delta = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ChatMessage? Message = null,
    string? FinishReason = null);

/// <summary>What somebody said; in a delta, what is new of it.</summary>
internal sealed record ChatMessage(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Role = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Content = null);

/// <summary>What a client asks for. Whatever else it sends is ignored.</summary>
internal sealed record CompletionRequest(IReadOnlyList<ChatMessage?>? Messages, bool Stream = false);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Completion))]
[JsonSerializable(typeof(CompletionRequest))]
internal sealed partial class CompletionJson : JsonSerializerContext;
