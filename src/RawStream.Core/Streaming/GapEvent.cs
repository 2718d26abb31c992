using System.Globalization;
using System.Text;
using RawStream.Http1;

namespace RawStream.Streaming;

// Where events are missing from a stream, exactly one event says so. Its id is that of the last event before the next one, so a client that comes
// back after it is not told again:
//
//   id: m3k9qz1x-41␊
//   event: gap␊
//   data: {"missed":17}␊       or null where nobody knows how many
//   ␊

/// <summary>The event that stands for missing ones.</summary>
internal static class GapEvent
{
    public const string Type = "gap";

    /// <summary>Its bytes, framed as a chunk.</summary>
    /// <param name="id">Of the last event that is missing; null among events that are replayed, which have none.</param>
    /// <param name="missed">How many there are, or null.</param>
    public static byte[] Frame(string? id, long? missed)
    {
        using var output = PooledBuffer.Rent();
        if (id is not null) EventStreamFormat.WriteId(output, id);
        WriteRest(output, missed);
        return Frames.Of(output.Span);
    }

    public static void WriteRest(PooledBuffer output, long? missed) =>
        EventStreamFormat.WriteRest(output, Type, retry: null, Encoding.ASCII.GetBytes($"{{\"missed\":{missed?.ToString(CultureInfo.InvariantCulture) ?? "null"}}}"));
}
