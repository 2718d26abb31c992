using System.Buffers.Text;
using System.Text;
using RawStream.Fuzz.Engine;

namespace RawStream.Fuzz.Peers;

/// <summary>A response as a strict client reads it (RFC 9112 §6): written by nobody who knew the server's code.</summary>
internal sealed record FuzzResponse(int Status, IReadOnlyList<(string Name, string Value)> Fields, byte[] Body)
{
    public bool IsInterim => Status is >= 100 and < 200 and not 101;

    public bool Closes => Fields.Any(one => one.Name == "connection" && one.Value == "close");

    public string? this[string name] => Fields.FirstOrDefault(one => one.Name == name).Value;

    /// <summary>Equal responses are equal here; how a body was framed does not count.</summary>
    public string Describe()
    {
        var fields = Fields.Where(field => field.Name is not "transfer-encoding" and not "content-length").Select(field => $"{field.Name}:{field.Value}");
        return $"{Status} {string.Join('|', fields)} {Notation.Show(Body)}";
    }
}

/// <summary>Reads all the responses of a connection, byte for byte.</summary>
internal ref struct ResponseReader(ReadOnlySpan<byte> bytes)
{
    private const string TokenSigns = "!#$%&'*+-.^_`|~";

    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>What follows an upgrade.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>
    /// All of them, interim ones left out. The last one may be without its body, when nothing else follows: whether it answers a HEAD is only known to who has sent that.
    /// </summary>
    /// <param name="methods">Of each request, in order; a further response is that of a refused request.</param>
    public static List<FuzzResponse> ReadAll(ReadOnlySpan<byte> bytes, IReadOnlyList<string> methods)
    {
        var reader = new ResponseReader(bytes);
        var responses = new List<FuzzResponse>();
        while (!reader.IsAtEnd)
        {
            var method = responses.Count < methods.Count ? methods[responses.Count] : null;
            var response = reader.Read(isHead: method == "HEAD", mayBeHead: method is null);
            if (!response.IsInterim) responses.Add(response);
        }
        return responses;
    }

    /// <exception cref="FuzzFinding">It is malformed, or cut off.</exception>
    public FuzzResponse Read(bool isHead, bool mayBeHead = false)
    {
        var line = ReadLine();
        Check(line.StartsWith("HTTP/1.1 "u8) && line.Length > 13 && line[12] == ' ', "a status line");
        Check(Utf8Parser.TryParse(line.Slice(9, 3), out int status, out var digits) && digits == 3 && status is >= 100 and < 600, "a status");
        var fields = ReadFields();
        var length = fields.Where(field => field.Name == "content-length").Select(field => field.Value).ToArray();
        var codings = fields.Where(field => field.Name == "transfer-encoding").Select(field => field.Value).ToArray();
        Check(length.Length + codings.Length <= 1, "one framing field at most");
        Check(codings is [] or ["chunked"], "chunked and nothing else");
        Check(fields.Count(field => field.Name == "date") == (status is < 200 and not 101 ? 0 : 1), "one Date");
        Check(fields.All(field => field.Name is not "server" and not "x-powered-by"), "no server version");
        if (status < 200 || status == 204) Check(length.Length + codings.Length == 0, "no framing field where there is no content");
        var response = new FuzzResponse(status, fields, []);
        var hasContent = !(isHead || status < 200 || status is 204 or 304) && !(mayBeHead && _rest.IsEmpty);
        if (!hasContent) return response;
        if (codings.Length > 0) return response with { Body = ReadChunks() };
        if (length.Length > 0)
        {
            Check(long.TryParse(length[0], System.Globalization.NumberStyles.None, null, out var size), "a Content-Length of digits");
            return response with { Body = Take(size).ToArray() };
        }
        Check(response.Closes, "a response of unknown length closes");
        return response with { Body = Take(_rest.Length).ToArray() };
    }

    private byte[] ReadChunks()
    {
        var body = new List<byte>();
        while (true)
        {
            var line = ReadLine();
            var isSize = Utf8Parser.TryParse(line, out long size, out var used, 'x') && used == line.Length && used < 9;
            Check(isSize, "a chunk size");
            if (size == 0) break;
            body.AddRange(Take(size));
            Check(ReadLine().IsEmpty, "CRLF after a chunk");
        }
        ReadFields();
        return [.. body];
    }

    private List<(string Name, string Value)> ReadFields()
    {
        var fields = new List<(string, string)>();
        while (true)
        {
            var line = ReadLine();
            if (line.IsEmpty) return fields;
            var colon = line.IndexOf((byte)':');
            Check(colon > 0 && colon + 1 < line.Length && line[colon + 1] == ' ', "a field line");
            foreach (var b in line[..colon]) Check(char.IsAsciiLetterOrDigit((char)b) || TokenSigns.Contains((char)b, StringComparison.Ordinal), "a field name");
            foreach (var b in line[colon..]) Check(b is >= 0x20 and not 0x7f || b == '\t', "no control characters in a field");
            fields.Add((Encoding.ASCII.GetString(line[..colon]).ToLowerInvariant(), Encoding.Latin1.GetString(line[(colon + 2)..])));
        }
    }

    private ReadOnlySpan<byte> ReadLine()
    {
        var end = _rest.IndexOf("\r\n"u8);
        Check(end >= 0, "a line with its end");
        var line = _rest[..end];
        Check(!line.ContainsAny((byte)'\r', (byte)'\n'), "no bare CR or LF");
        _rest = _rest[(end + 2)..];
        return line;
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        Check(count <= _rest.Length, "a whole body");
        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }

    private readonly void Check(bool holds, string what)
    {
        if (!holds) throw new FuzzFinding($"The response is malformed: expected {what}, before: {Notation.Show(_rest[..Math.Min(_rest.Length, 200)])}");
    }
}
