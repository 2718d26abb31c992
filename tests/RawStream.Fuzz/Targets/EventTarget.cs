using System.Net.ServerSentEvents;
using System.Text;
using RawStream.Fuzz.Engine;
using RawStream.Streaming;

namespace RawStream.Fuzz.Targets;

/// <summary>Server-Sent Events: what is sent is one event, and a client reads it as it was meant, whatever text is in it.</summary>
internal sealed class EventTarget : FuzzTarget
{
    public override string Name => "event";

    /// <summary>The input is type, id and data, separated by the first two bytes of 0xff.</summary>
    public override int Run(byte[] input)
    {
        var parts = Encoding.Latin1.GetString(input).Split('\xff', 3);
        var data = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(parts[^1]));
        var type = parts.Length > 1 ? parts[0] : null;
        var id = parts.Length > 2 ? parts[1] : null;
        using var output = PooledBuffer.Rent();
        try
        {
            EventStreamFormat.Write(output, new SseItem<string>(data, type) { EventId = id }, TextEncoder.Instance);
        }
        catch (ArgumentException)
        {
            return parts.Length;
        }
        output.Write("data: next\n\n"u8);
        using var stream = new MemoryStream(output.Span.ToArray());
        var events = SseParser.Create(stream).Enumerate().ToList();
        Check(events.Count == 2 && events[1].Data == "next", "one event is one event");
        Check(events[0].Data == WithLineFeeds(data), "the data comes back");
        Check(string.IsNullOrEmpty(type) || events[0].EventType == type, "the type comes back");
        Check(id is null || events[0].EventId == id, "the id comes back");
        return 10 * parts.Length + Math.Min(data.Split('\n').Length, 5);
    }

    private static string WithLineFeeds(string data) => data.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
}
