using System.Globalization;
using System.Text;

namespace RawStream.Load.Wire;

/// <summary>Reads a response as a learner would, line by line and strictly. For checks: it is slow.</summary>
internal static class WireReader
{
    /// <summary>Reads a head up to its empty line; returns its field lines. The status is 200.</summary>
    public static List<string> ReadHead(Stream stream)
    {
        var status = ReadLine(stream);
        if (status != "HTTP/1.1 200 OK") throw new InvalidDataException($"The request was answered with '{status}'.");
        var fields = new List<string>();
        for (string line; (line = ReadLine(stream)).Length > 0;) fields.Add(line);
        return fields;
    }

    /// <summary>The value of a field, or null if the head has none.</summary>
    public static string? Field(List<string> fields, string name) => fields
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim())
        .FirstOrDefault();

    public static void ExpectChunked(List<string> fields)
    {
        if (!"chunked".Equals(Field(fields, "Transfer-Encoding"), StringComparison.OrdinalIgnoreCase))
            throw new InvalidDataException("The response is not chunked.");
    }

    /// <summary>Reads one chunk; it is empty when it was the last one.</summary>
    public static byte[] ReadChunk(Stream stream)
    {
        var data = new byte[ReadSize(stream)];
        stream.ReadExactly(data);
        ExpectEmptyLine(stream);
        return data;
    }

    /// <summary>The byte counts of the load clients hold only for sizes without leading zeros.</summary>
    private static int ReadSize(Stream stream)
    {
        var line = ReadLine(stream);
        if (line.Length > 1 && line[0] == '0') throw new InvalidDataException($"The chunk size '{line}' is padded.");
        return int.Parse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    private static void ExpectEmptyLine(Stream stream)
    {
        if (ReadLine(stream) is { Length: > 0 } line) throw new InvalidDataException($"An empty line was expected, not '{line}'.");
    }

    private static string ReadLine(Stream stream)
    {
        var line = new StringBuilder();
        for (int next; (next = stream.ReadByte()) != '\n';)
            line.Append(next >= 0 ? (char)next : throw new InvalidDataException("The response ends too early."));
        return line.Length > 0 && line[^1] == '\r'
            ? line.ToString(0, line.Length - 1)
            : throw new InvalidDataException("A line does not end with CR LF.");
    }
}
