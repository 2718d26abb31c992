using System.Globalization;
using System.Text;

namespace RawStream.Load.Wire;

/// <summary>How a response ends.</summary>
internal enum BodyFraming { None, Length, Chunked, UntilClose }

/// <summary>What a client has to know of a response head to find the next one: the status and the body's framing (RFC 9112 §6.3).</summary>
internal sealed record ResponseHead(int Status, BodyFraming Framing, long Length, bool Closes)
{
    /// <summary>Parses a head up to and with its empty line.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static ResponseHead Parse(ReadOnlySpan<byte> head)
    {
        var lines = Encoding.Latin1.GetString(head).Split("\r\n")[..^2];
        if (Array.Exists(lines, line => line.AsSpan().ContainsAny("\r\n\0")))
            throw new InvalidDataException("A line of a response head does not end with CR LF.");
        var (status, isOld) = ParseStatusLine(lines[0]);
        var closes = isOld;
        var isChunked = false;
        long? length = null;
        foreach (var (name, value) in lines.Skip(1).Select(ParseFieldLine))
        {
            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) length = ParseLength(value);
            else if (name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)) isChunked = ParseCoding(value);
            else if (name.Equals("Connection", StringComparison.OrdinalIgnoreCase)) closes = ClosesAfter(value, isOld);
        }
        if (isChunked && length is not null) throw new InvalidDataException("A response has both Transfer-Encoding and Content-Length.");
        if (status is 204 or 304) return new ResponseHead(status, BodyFraming.None, 0, closes);
        if (isChunked) return new ResponseHead(status, BodyFraming.Chunked, 0, closes);
        return length is { } known
            ? new ResponseHead(status, BodyFraming.Length, known, closes)
            : new ResponseHead(status, BodyFraming.UntilClose, 0, Closes: true);
    }

    private static (int Status, bool IsOld) ParseStatusLine(string line)
    {
        var isOld = line.StartsWith("HTTP/1.0 ", StringComparison.Ordinal);
        var isRight = (isOld || line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)) && (line.Length == 12 || (line.Length > 12 && line[12] == ' '));
        return isRight && int.TryParse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? (status, isOld)
            : throw new InvalidDataException("No response begins where one was expected.");
    }

    private static (string Name, string Value) ParseFieldLine(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && !line.AsSpan(0, colon).ContainsAny(" \t")
            ? (line[..colon], line[(colon + 1)..].Trim(' ', '\t'))
            : throw new InvalidDataException("A response head has a line that is no field.");
    }

    private static long ParseLength(string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? length
            : throw new InvalidDataException("A response's Content-Length is no number.");

    private static bool ParseCoding(string value) => value.Equals("chunked", StringComparison.OrdinalIgnoreCase)
        ? true
        : throw new InvalidDataException("A response's transfer coding is not chunked.");

    private static bool ClosesAfter(string value, bool isOld) =>
        value.Contains("close", StringComparison.OrdinalIgnoreCase)
        || (isOld && !value.Contains("keep-alive", StringComparison.OrdinalIgnoreCase));
}
