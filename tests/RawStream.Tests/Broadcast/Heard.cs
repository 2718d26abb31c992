using System.Globalization;

namespace RawStream.Tests.Broadcast;

/// <summary>One event or comment, as a client has heard it: parsed strictly, line by line.</summary>
/// <param name="Id">The whole id, or null.</param>
/// <param name="Type">The event type, or null where none was written.</param>
/// <param name="Data">The lines of data, joined by LF; null where there were none.</param>
/// <param name="Comment">The text behind the colon, for a comment.</param>
internal sealed record Heard(string? Id, string? Type, string? Data, string? Comment)
{
    /// <summary>What the id says about the place in the log; 0 for what has no id.</summary>
    public long Sequence => Id is null ? 0 : long.Parse(Id[(Id.LastIndexOf('-') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>How long to wait before the client reconnects, in milliseconds, where that is all that is said.</summary>
    public int? Retry { get; private init; }

    /// <summary>A client dispatches nothing.</summary>
    public bool IsSilent => Comment is not null || Retry is not null;

    public bool IsGap => Type == "gap";

    /// <summary>What a gap event says; null where it does not know.</summary>
    public long? Missed => IsGap && Data!["{\"missed\":".Length..^1] is var missed and not "null" ? long.Parse(missed, NumberStyles.None, CultureInfo.InvariantCulture) : null;

    /// <summary>The content of a chunked body, each chunk as strictly as one can: what there is of it, and whether it has come to its end.</summary>
    /// <exception cref="InvalidDataException">A byte is not what it has to be.</exception>
    public static List<Heard> ParseChunks(string body, out bool hasEnded)
    {
        var record = new List<Heard>();
        hasEnded = false;
        while (body.IndexOf("\r\n", StringComparison.Ordinal) is >= 0 and var end && !hasEnded)
        {
            var size = int.Parse(body[..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (body[..end] != size.ToString("x", CultureInfo.InvariantCulture)) throw new InvalidDataException($"'{body[..end]}' is not the shortest size line.");
            if (body.Length < end + size + 4) return record;
            var content = body.Substring(end + 2, size);
            if (body.Substring(end + 2 + size, 2) != "\r\n") throw new InvalidDataException("The data of a chunk is not followed by CR LF.");
            body = body[(end + size + 4)..];
            hasEnded = size == 0;
            if (size > 0 && Parse(content) is { IsSilent: false } heard) record.Add(heard);
        }
        if (hasEnded && body.Length > 0) throw new InvalidDataException($"Behind the last chunk there is: '{body}'");
        return record;
    }

    /// <summary>One block: id, event, data, in this order, each at most once but data; or one comment; or one retry. Nothing else, and nothing behind it.</summary>
    /// <exception cref="InvalidDataException">It is not exactly one.</exception>
    public static Heard Parse(string text)
    {
        if (!text.EndsWith("\n\n", StringComparison.Ordinal)) throw new InvalidDataException($"No event ends here: '{text}'");
        var lines = text[..^2].Split('\n');
        if (lines is [[':', .. var comment]]) return new Heard(null, null, null, comment);
        if (lines is [['r', 'e', 't', 'r', 'y', ':', ' ', .. var retry]])
            return new Heard(null, null, null, null) { Retry = int.Parse(retry, NumberStyles.None, CultureInfo.InvariantCulture) };
        var at = 0;
        var id = Take("id: ");
        var type = Take("event: ");
        var data = new List<string>();
        while (Take("data: ") is { } line) data.Add(line);
        if (at < lines.Length || data.Count == 0) throw new InvalidDataException($"Not one event, or not in its usual form: '{text}'");
        return new Heard(id, type, string.Join('\n', data), null);

        string? Take(string name) => at < lines.Length && lines[at].StartsWith(name, StringComparison.Ordinal) ? lines[at++][name.Length..] : null;
    }
}
