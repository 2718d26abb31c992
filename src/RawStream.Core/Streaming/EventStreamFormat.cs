using System.Buffers;
using System.Buffers.Text;
using System.Net.ServerSentEvents;
using System.Text;

namespace RawStream.Streaming;

// An event stream (WHATWG HTML §9.2.5) is UTF-8 text. An event is some lines and an empty one; a line that starts with a colon is a comment:
//
//   id: 42␊
//   event: trade␊
//   retry: 3000␊
//   data: first line␊
//   data: second line␊
//   ␊
//   : nobody sees this␊
//   ␊
//
// A reader ends a line at LF, CR or CRLF, so data is split at each of them; an id or an event type that holds one would become a
// field of its own, and is refused.

/// <summary>Writes events. It holds nothing.</summary>
internal static class EventStreamFormat
{
    /// <summary>What the type of an event is when none is written.</summary>
    public const string DefaultType = "message";

    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);
    private static readonly SearchValues<char> Forbidden = SearchValues.Create("\r\n\0");

    public const string ContentType = "text/event-stream";

    /// <summary>The comment that keeps an idle stream open.</summary>
    public static readonly ReadOnlyMemory<byte> Heartbeat = ":\n\n"u8.ToArray();

    /// <summary>The fields that every event stream has, unless they are set already.</summary>
    public static void SetFields(ResponseWriter response)
    {
        response.Headers["Cache-Control"] ??= "no-cache";
        response.Headers["X-Accel-Buffering"] ??= "no"; // nginx and its kin do not buffer then.
    }

    /// <summary>Throws if a field would not arrive as it is.</summary>
    /// <exception cref="ArgumentException">The value holds CR, LF or NUL.</exception>
    public static void CheckField(string? value, string name)
    {
        if (value.AsSpan().ContainsAny(Forbidden)) throw new ArgumentException("It holds a line break or NUL, and would break the event.", name);
    }

    /// <summary>Throws if a client could not read the interval.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, or more than 24 days.</exception>
    public static void CheckRetry(TimeSpan? retry, string name)
    {
        if (retry is null) return;
        ArgumentOutOfRangeException.ThrowIfLessThan(retry.Value, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(retry.Value, TimeSpan.FromMilliseconds(int.MaxValue), name);
    }

    /// <summary>A whole event.</summary>
    /// <exception cref="ArgumentException">Its type or id holds CR, LF or NUL, or its retry interval cannot be told.</exception>
    public static void Write<T>(PooledBuffer output, SseItem<T> item, EventEncoder<T> encoder)
    {
        CheckField(item.EventId, nameof(item));
        CheckField(item.EventType, nameof(item));
        CheckRetry(item.ReconnectionInterval, nameof(item));
        using var data = PooledBuffer.Rent();
        var ownType = encoder.Encode(item.Data, data);
        if (item.EventId is not null) WriteId(output, item.EventId);
        WriteRest(output, item.EventType == DefaultType ? ownType : item.EventType, item.ReconnectionInterval, data.Span);
    }

    public static void WriteId(PooledBuffer output, string id) => WriteField(output, "id: "u8, id);

    /// <summary>All of an event but its id. Without data a client takes the other fields and dispatches no event.</summary>
    public static void WriteRest(PooledBuffer output, string? type, TimeSpan? retry, ReadOnlySpan<byte> data, bool hasData = true)
    {
        if (type is not (null or "" or DefaultType)) WriteField(output, "event: "u8, type);
        if (retry is not null) WriteRetry(output, retry.Value);
        if (hasData) WriteLines(output, "data: "u8, data);
        output.Write("\n"u8);
    }

    public static void WriteComment(PooledBuffer output, ReadOnlySpan<byte> text)
    {
        WriteLines(output, ": "u8, text);
        output.Write("\n"u8);
    }

    /// <summary>A comment of so many bytes, for clients and proxies that hold back the first ones.</summary>
    public static void WritePadding(PooledBuffer output, int bytes)
    {
        output.Write(":"u8);
        var padding = output.GetSpan(bytes)[..bytes];
        padding.Fill((byte)' ');
        output.Advance(bytes);
        output.Write("\n\n"u8);
    }

    private static void WriteRetry(PooledBuffer output, TimeSpan retry)
    {
        output.Write("retry: "u8);
        Utf8Formatter.TryFormat((long)retry.TotalMilliseconds, output.GetSpan(20), out var digits);
        output.Advance(digits);
        output.Write("\n"u8);
    }

    private static void WriteField(PooledBuffer output, ReadOnlySpan<byte> name, string value)
    {
        output.Write(name);
        output.Advance(Encoding.UTF8.GetBytes(value, output.GetSpan(Encoding.UTF8.GetMaxByteCount(value.Length))));
        output.Write("\n"u8);
    }

    /// <summary>Each line of the text behind <paramref name="prefix"/>; a text without any is one empty line.</summary>
    private static void WriteLines(PooledBuffer output, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> text)
    {
        while (true)
        {
            output.Write(prefix);
            var end = text.IndexOfAny(LineEnds);
            output.Write(end < 0 ? text : text[..end]);
            output.Write("\n"u8);
            if (end < 0) return;
            text = text[(end + (text[end..].StartsWith("\r\n"u8) ? 2 : 1))..];
        }
    }
}
