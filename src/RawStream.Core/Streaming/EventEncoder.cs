using System.Text;
using System.Text.Json.Serialization.Metadata;

namespace RawStream.Streaming;

/// <summary>Turns a value into the data of an event.</summary>
internal abstract class EventEncoder<T>
{
    /// <summary>Writes the data as UTF-8. The event type that belongs to the value, or null where it has none of its own.</summary>
    public abstract string? Encode(T value, PooledBuffer output);
}

/// <summary>A text is its own data.</summary>
internal sealed class TextEncoder : EventEncoder<string>
{
    public static readonly TextEncoder Instance = new();

    public override string? Encode(string value, PooledBuffer output)
    {
        ArgumentNullException.ThrowIfNull(value);
        output.Advance(Encoding.UTF8.GetBytes(value, output.GetSpan(Encoding.UTF8.GetMaxByteCount(value.Length))));
        return null;
    }
}

/// <summary>Any other value is JSON.</summary>
internal sealed class JsonEncoder<T>(JsonTypeInfo<T> type) : EventEncoder<T>
{
    public override string? Encode(T value, PooledBuffer output)
    {
        JsonText.Write(output, value, type);
        return null;
    }
}
