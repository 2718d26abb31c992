using System.Globalization;
using System.Text;

namespace RawStream.Tests.Wire;

/// <summary>
/// A response as a wire case writes it. Date is checked and otherwise ignored, the order of fields means nothing
/// (RFC 9110 §5.3), and all else is compared byte by byte.
/// </summary>
/// <param name="StatusLine">The status line, without CRLF.</param>
/// <param name="Fields">The fields that must be there, without CRLF.</param>
/// <param name="MoreFields">Others may be there as well.</param>
/// <param name="Body">The body in pieces; anything may stand between two of them.</param>
internal sealed record ExpectedResponse(string StatusLine, IReadOnlyList<string> Fields, bool MoreFields, IReadOnlyList<byte[]> Body)
{
    /// <summary>What stands for anything: further fields in a head, any bytes in a body.</summary>
    public const string Anything = "...";

    private static readonly byte[] EndOfHead = "\r\n\r\n"u8.ToArray();

    private bool IsInterim => StatusLine.StartsWith("HTTP/1.1 1", StringComparison.Ordinal);

    private bool IsRefusal => StatusLine.StartsWith("HTTP/1.1 4", StringComparison.Ordinal);

    public static ExpectedResponse Read(string[] head, string body) => new(
        DecodeLine(head[0]),
        [.. head[1..].Where(line => line != Anything).Select(DecodeLine)],
        head.Contains(Anything),
        [.. body.Split(Anything).Select(piece => WireNotation.Decode(piece))]);

    /// <summary>Compares with what came.</summary>
    /// <param name="received">What came after the response before this one.</param>
    /// <param name="ended">Nothing more will come.</param>
    /// <param name="isRefusal">The connection ends with it: it has to say so, and why.</param>
    public ResponseMatch Match(ReadOnlySpan<byte> received, bool ended, bool isRefusal)
    {
        var headLength = received.IndexOf(EndOfHead);
        if (headLength < 0) return ResponseMatch.More(received.Length + 1);
        var head = Encoding.Latin1.GetString(received[..headLength]).Split("\r\n");
        if (head[0] != StatusLine) return ResponseMatch.Differs($"the status line {StatusLine}, and not {head[0]}");

        var fields = head[1..];
        var problem = FindProblem(fields) ?? (isRefusal && IsRefusal ? FindRefusalProblem(fields) : null);
        return problem is null
            ? MatchBody(received, headLength + EndOfHead.Length, ContentLength(fields), ended)
            : ResponseMatch.Differs(problem);
    }

    private string? FindProblem(string[] received)
    {
        var dates = received.Where(IsDate).ToArray();
        if (dates.Length != (IsInterim ? 0 : 1)) return $"one Date in a final response, none in an interim one, and not {dates.Length}";
        if (dates.Any(date => !DateTime.TryParseExact(date.AsSpan(6), "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)))
            return $"a Date as RFC 9110 §5.6.7 writes it, and not {dates[0]}";

        var left = received.Where(field => !IsDate(field)).ToList();
        var missing = Fields.FirstOrDefault(field => !left.Remove(field));
        if (missing is not null) return $"the field {missing}";
        return MoreFields || left.Count == 0 ? null : $"no field {left[0]}";
    }

    /// <summary>Every refusal says in plain text why, and that the connection ends.</summary>
    private static string? FindRefusalProblem(string[] fields)
    {
        if (!fields.Contains("Connection: close")) return "the field Connection: close in a refusal";
        if (!fields.Any(field => field.StartsWith("Content-Type: text/plain", StringComparison.Ordinal))) return "a refusal in plain text";
        return ContentLength(fields) > 0 ? null : "a refusal that names its reason";
    }

    private ResponseMatch MatchBody(ReadOnlySpan<byte> received, int start, int? length, bool ended)
    {
        if (Body.Count == 1) length = Body[0].Length;
        if (length is null && !ended) return ResponseMatch.More(received.Length + 1);
        var end = start + length ?? received.Length;
        if (received.Length < end) return ResponseMatch.More(end);
        var body = received[start..end];
        return BodyMatches(body)
            ? ResponseMatch.Same(end)
            : ResponseMatch.Differs($"the body {ShowBody()}, and not {WireNotation.Show(body)}");
    }

    private bool BodyMatches(ReadOnlySpan<byte> body)
    {
        if (Body.Count == 1) return body.SequenceEqual(Body[0]);
        if (!body.StartsWith(Body[0])) return false;
        body = body[Body[0].Length..];
        if (!body.EndsWith(Body[^1])) return false;
        body = body[..^Body[^1].Length];
        foreach (var piece in Body.Skip(1).SkipLast(1))
        {
            var at = body.IndexOf(piece);
            if (at < 0) return false;
            body = body[(at + piece.Length)..];
        }
        return true;
    }

    private string ShowBody() => string.Join(Anything, Body.Select(piece => WireNotation.Show(piece)));

    private static bool IsDate(string field) => field.StartsWith("Date: ", StringComparison.Ordinal);

    private static int? ContentLength(string[] fields)
    {
        const string Name = "Content-Length: ";
        var field = fields.FirstOrDefault(field => field.StartsWith(Name, StringComparison.Ordinal));
        return field is null ? null : int.Parse(field.AsSpan(Name.Length), NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static string DecodeLine(string line) => Encoding.Latin1.GetString(WireNotation.Decode(line.AsSpan(0, line.Length - 2)));
}

/// <summary>What a comparison found: it needs more bytes, it found a difference, or it took <see cref="Length"/> bytes.</summary>
/// <param name="Length">How many bytes the response has, or how many are needed to go on.</param>
/// <param name="NeedsMore">Nothing can be said yet.</param>
/// <param name="Problem">What was expected, where it differs.</param>
internal readonly record struct ResponseMatch(int Length, bool NeedsMore, string? Problem)
{
    public static ResponseMatch Same(int length) => new(length, false, null);

    public static ResponseMatch More(int length) => new(length, true, null);

    public static ResponseMatch Differs(string problem) => new(0, false, problem);
}
