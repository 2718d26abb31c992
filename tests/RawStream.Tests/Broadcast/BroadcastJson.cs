using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace RawStream.Tests.Broadcast;

public abstract record Message;

public sealed record Said(string Text) : Message;

public sealed record Joined(string Name) : Message;

public sealed record Unheard : Message;

[JsonSerializable(typeof(Said))]
[JsonSerializable(typeof(Joined))]
internal sealed partial class BroadcastJson : JsonSerializerContext;

/// <summary>Counts how often a value is encoded.</summary>
internal sealed class CountingConverter : JsonConverter<Said>
{
    private int _writes;

    public int Writes => Volatile.Read(ref _writes);

    public JsonTypeInfo<Said> TypeInfo
    {
        get
        {
            var options = new JsonSerializerOptions { TypeInfoResolver = BroadcastJson.Default };
            options.Converters.Add(this);
            return (JsonTypeInfo<Said>)options.GetTypeInfo(typeof(Said));
        }
    }

    public override Said Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, Said value, JsonSerializerOptions options)
    {
        Interlocked.Increment(ref _writes);
        writer.WriteStringValue(value.Text);
    }
}
