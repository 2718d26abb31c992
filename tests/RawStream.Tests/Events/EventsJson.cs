using System.Text.Json;
using System.Text.Json.Serialization;
using RawStream.Streaming;

namespace RawStream.Tests.Events;

public abstract record ChatEvent;

public record Said(string Name, string Text) : ChatEvent;

public sealed record Shouted(string Name, string Text) : Said(Name, Text);

public sealed record Joined(string Name) : ChatEvent;

public sealed record Left(string Name) : ChatEvent;

[JsonConverter(typeof(BrokenConverter))]
public sealed record Broken;

/// <summary>It fails when a part is written already.</summary>
public sealed class BrokenConverter : JsonConverter<Broken>
{
    public override Broken Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, Broken value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteStringValue(new string('x', 100_000));
        throw new InvalidDataException("This converter fails on purpose.");
    }
}

[JsonConverter(typeof(NestingConverter))]
public sealed record Nesting;

/// <summary>It writes JSON of its own while it is written.</summary>
public sealed class NestingConverter : JsonConverter<Nesting>
{
    public override Nesting Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, Nesting value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        using var inner = PooledBuffer.Rent();
        JsonText.Write(inner, new Joined("Ann"), EventsJson.Default.Joined);
        writer.WriteRawValue(inner.Span);
        writer.WriteEndArray();
    }
}

[JsonSerializable(typeof(Said))]
[JsonSerializable(typeof(Shouted))]
[JsonSerializable(typeof(Joined))]
[JsonSerializable(typeof(Left))]
[JsonSerializable(typeof(Broken))]
[JsonSerializable(typeof(Nesting))]
[JsonSerializable(typeof(int[]))]
internal sealed partial class EventsJson : JsonSerializerContext;

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(Said))]
[JsonSerializable(typeof(Joined))]
internal sealed partial class IndentedJson : JsonSerializerContext;
