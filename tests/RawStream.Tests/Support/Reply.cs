using System.Globalization;
using System.Text;

namespace RawStream.Tests.Support;

/// <summary>One response, as it stood on the wire. Its text is read as Latin-1: one character is one byte.</summary>
internal sealed class Reply
{
    private Reply(string head)
    {
        Head = head;
        var lines = head.Split("\r\n");
        Status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        Fields = ParseFields(lines.Skip(1));
    }

    /// <summary>Up to the empty line, without it.</summary>
    public string Head { get; }

    public int Status { get; }

    public IReadOnlyList<(string Name, string Value)> Fields { get; }

    /// <summary>The content, without its framing.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Each chunk but the last, when it was chunked.</summary>
    public IReadOnlyList<string> Chunks { get; private set; } = [];

    public IReadOnlyList<(string Name, string Value)> Trailers { get; private set; } = [];

    /// <summary>The only value of a field, or null; more lines of one name are an error.</summary>
    public string? this[string name] => Fields.Where(field => Is(field.Name, name)).Select(field => field.Value).SingleOrDefault();

    public int Count(string name) => Fields.Count(field => Is(field.Name, name));

    public bool IsChunked => this["Transfer-Encoding"] == "chunked";

    public bool Closes => this["Connection"] == "close";

    /// <summary>Reads one response by the framing that it declares (RFC 9112 §6.3).</summary>
    public static async Task<Reply> ReadAsync(TestClient client, bool isHead)
    {
        var head = new StringBuilder();
        while (await client.ReadLineAsync() is { Length: > 0 } line) head.Append(line).Append("\r\n");
        var reply = new Reply(head.ToString().TrimEnd());
        var hasNoContent = isHead || reply.Status is 204 or 304 or < 200;
        if (!hasNoContent) await reply.ReadContentAsync(client);
        return reply;
    }

    private async Task ReadContentAsync(TestClient client)
    {
        if (IsChunked) await ReadChunksAsync(client);
        else if (this["Content-Length"] is { } length) Text = await client.ReadTextAsync(int.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture));
        else Text = await client.ReadToEndAsync();
    }

    private async Task ReadChunksAsync(TestClient client)
    {
        var chunks = new List<string>();
        while (await ReadSizeAsync(client) is > 0 and var size)
        {
            chunks.Add(await client.ReadTextAsync(size));
            if (await client.ReadLineAsync() != "") throw new InvalidDataException("The data of a chunk is not followed by CR LF.");
        }
        var trailers = new List<string>();
        while (await client.ReadLineAsync() is { Length: > 0 } line) trailers.Add(line);
        Chunks = chunks;
        Text = string.Concat(chunks);
        Trailers = ParseFields(trailers);
    }

    /// <summary>A size is written in its shortest form.</summary>
    private static async Task<int> ReadSizeAsync(TestClient client)
    {
        var line = await client.ReadLineAsync();
        var size = int.Parse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return line == size.ToString("x", CultureInfo.InvariantCulture) ? size : throw new InvalidDataException($"'{line}' is not the shortest size line.");
    }

    private static List<(string Name, string Value)> ParseFields(IEnumerable<string> lines) =>
        [.. lines.Select(line => line.Split(": ", 2)).Select(parts => (parts[0], parts[1]))];

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
