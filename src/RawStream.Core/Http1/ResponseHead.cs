using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace RawStream.Http1;

/// <summary>How the end of a response body is told (RFC 9112 §6.3).</summary>
internal enum ResponseFraming : byte
{
    /// <summary>Nothing was sent yet.</summary>
    Undecided,

    /// <summary>The status, or HEAD, has none.</summary>
    NoBody,

    /// <summary>Content-Length.</summary>
    Length,

    /// <summary>Chunks.</summary>
    Chunked,

    /// <summary>An HTTP/1.0 client reads until the connection closes.</summary>
    UntilClose,

    /// <summary>It is none: after a 101 another protocol has the connection (RFC 9110 §7.8).</summary>
    Upgraded,
}

// The head of a response (RFC 9112 §2.1):
//
//   status-line *( field-line CRLF ) CRLF
//
//   HTTP/1.1 200 OK␍␊
//   Date: Fri, 20 Nov 2026 12:00:00 GMT␍␊
//   Content-Type: text/plain␍␊
//   Transfer-Encoding: chunked␍␊
//   ␍␊

/// <summary>Writes response heads. The framing fields are written here and nowhere else.</summary>
internal static class ResponseHead
{
    // "Content-Length: " with any long, and "Connection: keep-alive", each with CRLF.
    private const int LengthLineRoom = 40;
    private const int ConnectionLineRoom = 24;

    /// <summary>Writes a head whose fields a handler has set.</summary>
    /// <param name="output">Gets the bytes; they are not flushed.</param>
    /// <param name="status">The status code.</param>
    /// <param name="fields">As the handler set them.</param>
    /// <param name="date">The Date line, for a handler that has not set its own.</param>
    /// <param name="framing">Chunked is told by Transfer-Encoding.</param>
    /// <param name="length">Told by Content-Length, unless it is negative.</param>
    /// <param name="connection">"close", "keep-alive", or empty for nothing to say.</param>
    public static void Write(
        IBufferWriter<byte> output, int status, ReadOnlySpan<KeyValuePair<string, string>> fields, ReadOnlySpan<byte> date,
        ResponseFraming framing, long length, ReadOnlySpan<byte> connection)
    {
        Copy(output, StatusLine.Of(status));
        var hasDate = false;
        foreach (var (name, value) in fields)
        {
            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) continue; // It comes with the framing.
            hasDate |= name.Equals("Date", StringComparison.OrdinalIgnoreCase);
            WriteField(output, name, value);
        }
        if (!hasDate) Copy(output, date);
        if (framing == ResponseFraming.Chunked) Copy(output, "Transfer-Encoding: chunked\r\n"u8);
        if (length >= 0) WriteContentLength(output, length);
        WriteConnection(output, connection);
        Copy(output, "\r\n"u8);
    }

    /// <summary>Writes a head whose field lines, Content-Length among them, are encoded already.</summary>
    public static void WriteEncoded(
        IBufferWriter<byte> output, int status, ReadOnlySpan<byte> fieldLines, ReadOnlySpan<byte> date, ReadOnlySpan<byte> connection, ReadOnlySpan<byte> body)
    {
        var line = StatusLine.Of(status);
        var span = output.GetSpan(line.Length + date.Length + fieldLines.Length + ConnectionLineRoom + 2 + body.Length);
        var length = Append(span, 0, line);
        length = Append(span, length, date);
        length = Append(span, length, fieldLines);
        if (!connection.IsEmpty)
        {
            length = Append(span, length, "Connection: "u8);
            length = Append(span, length, connection);
            length = Append(span, length, "\r\n"u8);
        }
        length = Append(span, length, "\r\n"u8);
        length = Append(span, length, body);
        output.Advance(length);
    }

    /// <summary><c>field-name ":" SP field-value CRLF</c>; text beyond ASCII becomes UTF-8, which cannot hold a line break.</summary>
    public static void WriteField(IBufferWriter<byte> output, string name, string value)
    {
        var span = output.GetSpan(name.Length + Encoding.UTF8.GetMaxByteCount(value.Length) + 4);
        var length = Encoding.ASCII.GetBytes(name, span);
        length = Append(span, length, ": "u8);
        length += Encoding.UTF8.GetBytes(value, span[length..]);
        length = Append(span, length, "\r\n"u8);
        output.Advance(length);
    }

    private static void WriteContentLength(IBufferWriter<byte> output, long value)
    {
        var span = output.GetSpan(LengthLineRoom);
        var length = Append(span, 0, "Content-Length: "u8);
        Utf8Formatter.TryFormat(value, span[length..], out var digits);
        output.Advance(Append(span, length + digits, "\r\n"u8));
    }

    private static void WriteConnection(IBufferWriter<byte> output, ReadOnlySpan<byte> option)
    {
        if (option.IsEmpty) return;
        Copy(output, "Connection: "u8);
        Copy(output, option);
        Copy(output, "\r\n"u8);
    }

    private static void Copy(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
    }

    private static int Append(Span<byte> span, int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(span[at..]);
        return at + bytes.Length;
    }
}
