using System.Globalization;
using System.Text;

namespace RawStream.Tests.Machine;

/// <summary>A response as far as it has come.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">Of its content what has come.</param>
/// <param name="IsWhole">Nothing of it is missing.</param>
internal sealed record ReceivedResponse(int Status, byte[] Body, bool IsWhole)
{
    /// <summary>All of a connection, the interim ones left out; only the last one may be cut off.</summary>
    /// <exception cref="FormatException">There is something else among them.</exception>
    public static List<ReceivedResponse> ReadAll(ReadOnlySpan<byte> bytes)
    {
        var responses = new List<ReceivedResponse>();
        while (!bytes.IsEmpty)
        {
            var response = Read(ref bytes);
            if (response.Status is >= 200 or 101) responses.Add(response);
        }
        return responses;
    }

    private static ReceivedResponse Read(ref ReadOnlySpan<byte> bytes)
    {
        var headLength = bytes.IndexOf("\r\n\r\n"u8);
        if (!"HTTP/1.1 "u8.StartsWith(bytes[..Math.Min(bytes.Length, 9)])) throw new FormatException(
            $"No response: {Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 60)])}");
        if (headLength < 0)
        {
            bytes = default;
            return new ReceivedResponse(0, [], false);
        }
        var head = Encoding.Latin1.GetString(bytes[..headLength]);
        bytes = bytes[(headLength + 4)..];
        var status = int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture);
        if (status == 101) return new ReceivedResponse(status, TakeUpTo(ref bytes, bytes.Length), true);
        if (head.Contains("Transfer-Encoding: chunked", StringComparison.Ordinal)) return ReadChunks(status, ref bytes);
        var field = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal));
        var length = field is null ? 0 : int.Parse(field.AsSpan(16), CultureInfo.InvariantCulture);
        var body = TakeUpTo(ref bytes, length);
        return new ReceivedResponse(status, body, body.Length == length);
    }

    private static ReceivedResponse ReadChunks(int status, ref ReadOnlySpan<byte> bytes)
    {
        var body = new List<byte>();
        while (true)
        {
            var line = bytes.IndexOf("\r\n"u8);
            if (line < 0) break;
            var digits = Encoding.Latin1.GetString(bytes[..line]);
            if (!int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) || size < 0) throw new FormatException(
                $"No chunk size: {digits[..Math.Min(digits.Length, 60)]}");
            bytes = bytes[(line + 2)..];
            body.AddRange(TakeUpTo(ref bytes, size));
            if (bytes.Length < 2) break;
            if (!bytes.StartsWith("\r\n"u8)) throw new FormatException("No CRLF after a chunk.");
            bytes = bytes[2..];
            if (size == 0) return new ReceivedResponse(status, [.. body], true);
        }
        bytes = default;
        return new ReceivedResponse(status, [.. body], false);
    }

    private static byte[] TakeUpTo(ref ReadOnlySpan<byte> bytes, int length)
    {
        var taken = bytes[..Math.Min(length, bytes.Length)].ToArray();
        bytes = bytes[taken.Length..];
        return taken;
    }
}
