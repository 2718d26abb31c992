using RawStream.Http1;

namespace RawStream.Routing;

// What Map takes: the start of a request line.
//
//   pattern = [ method SP ] path
//   path    = 1*( "/" segment )
//   segment = literal / "{" name "}" / "{*" name "}"      the last form only at the end
//
//   GET /orders/{id}

/// <summary>A route pattern, taken apart.</summary>
internal sealed class RoutePattern
{
    private RoutePattern(string text, string? method, Segment[] segments)
    {
        Text = text;
        Method = method;
        Segments = segments;
        IsLiteral = Array.TrueForAll(segments, segment => segment.IsLiteral);
    }

    internal sealed record Segment(string Text, bool IsLiteral, bool IsRest);

    public string Text { get; }

    /// <summary>Null: all of them.</summary>
    public string? Method { get; }

    public Segment[] Segments { get; }

    public bool IsLiteral { get; }

    /// <summary>The path alone; two patterns with equal shapes match the same paths.</summary>
    public string Shape => string.Concat(Segments.Select(segment => "/" + (segment.IsLiteral ? segment.Text : segment.IsRest ? "{*}" : "{}")));

    /// <exception cref="ArgumentException">It is malformed.</exception>
    public static RoutePattern Parse(string text)
    {
        var space = text.IndexOf(' ');
        var method = space < 0 ? null : text[..space];
        var path = text[(space + 1)..];
        if (method is not null && !Grammar.IsToken(method)) throw Malformed(text, "the method is not a token");
        if (!path.StartsWith('/')) throw Malformed(text, "the path does not start with '/'");
        var segments = path[1..].Split('/').Select(segment => ParseSegment(text, segment)).ToArray();
        if (segments.SkipLast(1).Any(segment => segment.IsRest)) throw Malformed(text, "{*…} is not at the end");
        if (segments.Where(segment => !segment.IsLiteral).GroupBy(segment => segment.Text).Any(group => group.Count() > 1)) throw Malformed(text, "a name stands twice");
        return new RoutePattern(text, method, segments);
    }

    /// <summary>Whether a path matches; <paramref name="segments"/> is what stands between its slashes, percent-decoded.</summary>
    public bool Matches(string[] segments)
    {
        if (Segments[^1].IsRest ? segments.Length < Segments.Length : segments.Length != Segments.Length) return false;
        for (var i = 0; i < Segments.Length; i++)
            if (Segments[i].IsLiteral ? segments[i] != Segments[i].Text : !Segments[i].IsRest && segments[i].Length == 0)
                return false;
        return true;
    }

    /// <summary>The values of a path that matches.</summary>
    public RouteValues Match(string[] segments)
    {
        var values = new List<KeyValuePair<string, string>>();
        for (var i = 0; i < Segments.Length; i++)
            if (!Segments[i].IsLiteral)
                values.Add(new(Segments[i].Text, Segments[i].IsRest ? string.Join('/', segments[i..]) : segments[i]));
        return new RouteValues([.. values]);
    }

    private static Segment ParseSegment(string pattern, string text)
    {
        if (!text.Contains('{') && !text.Contains('}')) return new Segment(text, IsLiteral: true, IsRest: false);
        if (!text.StartsWith('{') || !text.EndsWith('}')) throw Malformed(pattern, "braces stand for whole segments");
        var isRest = text.StartsWith("{*", StringComparison.Ordinal);
        var name = text[(isRest ? 2 : 1)..^1];
        if (!Grammar.IsToken(name)) throw Malformed(pattern, $"'{text}' has no name");
        return new Segment(name, IsLiteral: false, isRest);
    }

    private static ArgumentException Malformed(string pattern, string reason) =>
        new($"The route pattern '{pattern}' is malformed: {reason}. It looks like 'GET /orders/{{id}}'.");
}
