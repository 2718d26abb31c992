using System.Diagnostics.CodeAnalysis;
using System.Text;
using RawStream.Http1;

namespace RawStream.Routing;

/// <summary>
/// Finds the handler for a method and a path. Paths without braces, most of all, are found by their bytes; for the others the path is
/// decoded and the patterns are tried, literals before braces.
/// </summary>
internal sealed class Router
{
    private static readonly Response NotFound = Response.Text("404 Not Found: no such path here.\n", 404);
    private static readonly Response NotImplemented = Response.Text("501 Not Implemented: this method is not known here. (RFC 9110 §9.1)\n", 501);

    private readonly Dictionary<string, Methods> _routes = [];
    private readonly HashSet<string> _methods = ["OPTIONS"];
    private Dictionary<byte[], Methods>.AlternateLookup<ReadOnlySpan<byte>> _literals;
    private Methods[] _patterns = [];
    private Response _allMethods = NotFound;

    /// <exception cref="ArgumentException">It is mapped already.</exception>
    public void Add(RoutePattern pattern, Handler handler)
    {
        if (!_routes.TryGetValue(pattern.Shape, out var methods)) _routes[pattern.Shape] = methods = new Methods(pattern);
        methods.Add(pattern, handler);
        if (pattern.Method is not null) _methods.Add(pattern.Method);
        if (pattern.Method == "GET") _methods.Add("HEAD");
    }

    public Handler Build()
    {
        foreach (var methods in _routes.Values) methods.Build();
        _literals = _routes.Values.Where(route => route.Pattern.IsLiteral)
            .ToDictionary(route => Encoding.UTF8.GetBytes(route.Pattern.Shape), route => route, BytesComparer.Instance)
            .GetAlternateLookup<ReadOnlySpan<byte>>();
        _patterns = [.. _routes.Values.OrderBy(route => route.Pattern, Specificity.Instance)];
        _allMethods = Response.Empty(204).With("Allow", string.Join(", ", _methods.Order(StringComparer.Ordinal)));
        return Handle;
    }

    /// <summary>The methods that the path of a request answers to, as in Allow; "*" for all of them; null where no route matches.</summary>
    public string? AllowedMethods(Request request) => TryFind(request, out var methods) ? methods.Allow : null;

    private ValueTask Handle(Request request, ResponseWriter response)
    {
        var head = request.Head;
        if (head.Path is [(byte)'*']) return _allMethods.WriteAsync(request, response);
        var found = TryFind(request, out var methods);
        var route = found ? methods!.Find(head.Method) : null;
        if (route is not null)
        {
            if (!route.Pattern.IsLiteral) request.Route = route.Pattern.Match(Segments(request));
            return route.Handler(request, response);
        }
        if (!IsKnown(request.Method)) return NotImplemented.WriteAsync(request, response);
        return (found ? methods!.Otherwise(request.Method) : NotFound).WriteAsync(request, response);
    }

    private bool IsKnown(string method) => KnownMethods.Contains(method) || _methods.Contains(method);

    private bool TryFind(Request request, [NotNullWhen(true)] out Methods? methods) => _literals.TryGetValue(request.Head.Path, out methods) || TryMatch(request, out methods);

    private bool TryMatch(Request request, [NotNullWhen(true)] out Methods? methods)
    {
        var segments = Segments(request);
        methods = Array.Find(_patterns, one => one.Pattern.Matches(segments));
        return methods is not null;
    }

    private static string[] Segments(Request request)
    {
        var segments = request.Path[1..].Split('/');
        for (var i = 0; i < segments.Length; i++)
            if (segments[i].Contains('%'))
                segments[i] = PercentEncoding.Decode(Encoding.ASCII.GetBytes(segments[i]));
        return segments;
    }

    private sealed record Route(RoutePattern Pattern, Handler Handler);

    /// <summary>The routes of one path. Their patterns may differ in the names within the braces.</summary>
    private sealed class Methods(RoutePattern pattern)
    {
        private readonly List<Route> _routes = [];
        private Route? _any;
        private Response _options = NotFound;
        private Response _notAllowed = NotFound;

        public RoutePattern Pattern { get; } = pattern;

        /// <summary>"*" where every method has a handler.</summary>
        public string Allow { get; private set; } = "*";

        public void Add(RoutePattern pattern, Handler handler)
        {
            if (pattern.Method is null ? _any is not null : Has(pattern.Method)) throw new ArgumentException($"'{pattern.Text}' is mapped already.");
            if (pattern.Method is null) _any = new Route(pattern, handler);
            else _routes.Add(new Route(pattern, handler));
        }

        public void Build()
        {
            var allowed = _routes.Select(route => route.Pattern.Method!).Append("OPTIONS");
            if (Has("GET")) allowed = allowed.Append("HEAD");
            var allow = string.Join(", ", allowed.Distinct().Order(StringComparer.Ordinal));
            if (_any is null) Allow = allow;
            _options = Response.Empty(204).With("Allow", allow);
            _notAllowed = Response.Text($"405 Method Not Allowed: this path answers to {allow}.\n", 405).With("Allow", allow);
        }

        public Route? Find(ReadOnlySpan<byte> method)
        {
            foreach (var route in _routes)
                if (Ascii.Equals(method, route.Pattern.Method))
                    return route;
            return method.SequenceEqual("HEAD"u8) ? Find("GET"u8) : _any;
        }

        private bool Has(string method) => _routes.Exists(route => route.Pattern.Method == method);

        public Response Otherwise(string method) => method == "OPTIONS" ? _options : _notAllowed;
    }

    /// <summary>Segment by segment a literal goes before a brace, and that before the rest.</summary>
    private sealed class Specificity : IComparer<RoutePattern>
    {
        public static readonly Specificity Instance = new();

        public int Compare(RoutePattern? x, RoutePattern? y)
        {
            for (var i = 0; i < Math.Min(x!.Segments.Length, y!.Segments.Length); i++)
            {
                var order = Rank(x.Segments[i]).CompareTo(Rank(y.Segments[i]));
                if (order != 0) return order;
            }
            return y.Segments.Length.CompareTo(x.Segments.Length);
        }

        private static int Rank(RoutePattern.Segment segment) => segment.IsLiteral ? 0 : segment.IsRest ? 2 : 1;
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly BytesComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] bytes) => GetHashCode(bytes.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> bytes) => bytes.ToArray();

        public bool Equals(ReadOnlySpan<byte> x, byte[] y) => x.SequenceEqual(y);

        public int GetHashCode(ReadOnlySpan<byte> bytes)
        {
            var hash = bytes.Length; // Nobody but the program chooses what is in the table.
            foreach (var b in bytes) hash = hash * 31 + b;
            return hash;
        }
    }
}
