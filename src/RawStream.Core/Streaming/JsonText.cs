using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace RawStream.Streaming;

/// <summary>Values as JSON on one line, whatever their options say about indentation.</summary>
internal static class JsonText
{
    [ThreadStatic]
    private static Utf8JsonWriter? cached;

    [ThreadStatic]
    private static JavaScriptEncoder? cachedEncoder;

    public static void Write<T>(IBufferWriter<byte> output, T value, JsonTypeInfo<T> type)
    {
        var encoder = type.Options.Encoder;
        var writer = encoder == cachedEncoder ? cached : null;
        cached = null; // A converter of the value may come here again.
        if (writer is null) writer = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = encoder, SkipValidation = true });
        else writer.Reset(output);
        JsonSerializer.Serialize(writer, value, type);
        writer.Flush();
        writer.Reset(Stream.Null);
        (cached, cachedEncoder) = (writer, encoder);
    }
}
