using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace RawStream.Tests.Wire;

/// <summary>A response as a strict client reads it.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Fields">The header fields as they came, one line each.</param>
/// <param name="Body">The content, decoded.</param>
internal sealed partial record WireResponse(int Status, IReadOnlyList<string> Fields, byte[] Body)
{
    public bool IsInterim => Status < 200;

    /// <summary>The values of a field, in order.</summary>
    public IEnumerable<string> Values(string name) =>
        from field in Fields
        where field.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)
        select field[(name.Length + 1)..].Trim();

    /// <summary>All responses of a connection that has ended. Every byte has to belong to one, and none may be cut short.</summary>
    /// <exception cref="FormatException">They are not what RFC 9112 allows.</exception>
    public static IReadOnlyList<WireResponse> ReadAll(ReadOnlySpan<byte> bytes)
    {
        var responses = new List<WireResponse>();
        var rest = bytes;
        while (!rest.IsEmpty) responses.Add(Read(ref rest));
        return responses;
    }

    private static WireResponse Read(ref ReadOnlySpan<byte> rest)
    {
        var statusLine = ReadLine(ref rest);
        if (!StatusLine().IsMatch(statusLine)) throw new FormatException($"No status line: {statusLine}");
        var fields = ReadFields(ref rest);
        var response = new WireResponse(int.Parse(statusLine.AsSpan(9, 3), CultureInfo.InvariantCulture), fields, []);
        response.CheckFields();
        return response with { Body = response.ReadBody(ref rest) };
    }

    private void CheckFields()
    {
        if (Values("Date").Count() != (IsInterim ? 0 : 1)) throw new FormatException($"{Status}: one Date in each final response");
        var lengths = Values("Content-Length").ToArray();
        var codings = Values("Transfer-Encoding").ToArray();
        if (lengths.Length + codings.Length > 1) throw new FormatException($"{Status}: more than one framing field");
        if ((IsInterim || Status == 204) && lengths.Length + codings.Length > 0) throw new FormatException($"{Status}: a framing field");
        if (codings is [not "chunked"]) throw new FormatException($"{Status}: Transfer-Encoding: {codings[0]}");
        if (lengths.Any(length => !length.All(char.IsAsciiDigit))) throw new FormatException($"{Status}: Content-Length: {lengths[0]}");
    }

    private byte[] ReadBody(ref ReadOnlySpan<byte> rest)
    {
        if (IsInterim || Status is 204 or 304) return [];
        if (Values("Transfer-Encoding").Any()) return ReadChunks(ref rest);
        var length = Values("Content-Length").FirstOrDefault();
        if (length is not null) return Take(ref rest, int.Parse(length, CultureInfo.InvariantCulture)).ToArray();
        if (!Values("Connection").Contains("close")) throw new FormatException($"{Status}: a body that nothing ends");
        return Take(ref rest, rest.Length).ToArray();
    }

    private static byte[] ReadChunks(ref ReadOnlySpan<byte> rest)
    {
        var body = new List<byte>();
        while (true)
        {
            var line = ReadLine(ref rest);
            if (!ChunkSize().IsMatch(line)) throw new FormatException($"No minimal chunk-size: {line}");
            var size = int.Parse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                ReadFields(ref rest);
                return [.. body];
            }
            body.AddRange(Take(ref rest, size));
            if (ReadLine(ref rest).Length > 0) throw new FormatException("No CRLF after a chunk");
        }
    }

    private static List<string> ReadFields(ref ReadOnlySpan<byte> rest)
    {
        var fields = new List<string>();
        while (true)
        {
            var line = ReadLine(ref rest);
            if (line.Length == 0) return fields;
            if (!FieldLine().IsMatch(line)) throw new FormatException($"No field line: {line}");
            fields.Add(line);
        }
    }

    private static string ReadLine(ref ReadOnlySpan<byte> rest)
    {
        var length = rest.IndexOf("\r\n"u8);
        if (length < 0) throw new FormatException($"A line without an end: {WireNotation.Show(rest)}");
        var line = Encoding.Latin1.GetString(rest[..length]);
        rest = rest[(length + 2)..];
        return line;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int length)
    {
        if (rest.Length < length) throw new FormatException($"{length - rest.Length} bytes of a body are missing");
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    [GeneratedRegex(@"^HTTP/1\.1 [1-5][0-9][0-9] [\x20-\x7e]+\z")]
    private static partial Regex StatusLine();

    [GeneratedRegex(@"^[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\x21-\x7e\x80-\xff]([\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?\z")]
    private static partial Regex FieldLine();

    [GeneratedRegex(@"^(0|[1-9A-Fa-f][0-9A-Fa-f]{0,6})\z")]
    private static partial Regex ChunkSize();
}
