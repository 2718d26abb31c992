using System.Globalization;
using RawStream.Http1;

namespace RawStream.Middleware;

// A request of a page of another origin, and what allows it (WHATWG Fetch §3.2.2, §3.2.3):
//
//   Origin: https://app.example            Access-Control-Allow-Origin: https://app.example
//                                          Access-Control-Allow-Credentials: true
//                                          Access-Control-Expose-Headers: X-Total
//                                          Vary: Origin
//
// Before one that a plain form could not send, the browser asks by a preflight:
//
//   OPTIONS /orders HTTP/1.1               HTTP/1.1 204 No Content
//   Origin: https://app.example            Access-Control-Allow-Origin: https://app.example
//   Access-Control-Request-Method: PUT     Access-Control-Allow-Methods: GET, HEAD, OPTIONS, PUT
//   Access-Control-Request-Headers: x-a    Access-Control-Allow-Headers: x-a
//                                          Access-Control-Max-Age: 600

/// <summary>Says what an origin may.</summary>
internal sealed class CorsPolicy
{
    private readonly CorsOptions _options;
    private readonly bool _allowsAll;
    private readonly string _exposed;
    private readonly string _maxAge;
    private readonly Action<ResponseHeaders> _grantAll;

    public CorsPolicy(CorsOptions options)
    {
        _options = options;
        _allowsAll = options.Origins.Contains(CorsOptions.Any);
        _exposed = string.Join(", ", options.ExposedHeaders);
        _maxAge = ((long)options.MaxAge.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        _grantAll = fields => Grant(fields, CorsOptions.Any);
    }

    /// <summary>Whether pages of an origin may read the response; null is no origin.</summary>
    public bool Allows(string? origin) => _allowsAll || (origin is not null && (_options.Origins.Contains(origin) || _options.OriginIsAllowed?.Invoke(origin) == true));

    /// <summary>What is added to the head of a response, whoever has written it. Without an origin, too: a cache may give it to a request that has one.</summary>
    public Action<ResponseHeaders> FieldsFor(string? origin, bool isAllowed)
    {
        if (_allowsAll) return _grantAll;
        if (!isAllowed) return Vary;
        return fields =>
        {
            Vary(fields);
            Grant(fields, origin!);
        };
    }

    public static bool IsPreflight(Request request) =>
        request.Method == "OPTIONS" && request.Headers.Contains("Origin") && request.Headers.Contains("Access-Control-Request-Method");

    /// <summary>What a page may do.</summary>
    /// <param name="request">A preflight.</param>
    /// <param name="fields">Of its answer.</param>
    /// <param name="routeMethods">Those that its path answers to, or "*".</param>
    public void SetPreflightFields(Request request, ResponseHeaders fields, string routeMethods)
    {
        fields["Access-Control-Allow-Methods"] = Methods(request, routeMethods);
        fields["Access-Control-Allow-Headers"] = Headers(request);
        fields["Access-Control-Max-Age"] = _maxAge;
    }

    private string? Methods(Request request, string routeMethods)
    {
        if (_options.Methods is { } methods) return Join(methods);
        return routeMethods == CorsOptions.Any ? AskedFor(request, "Access-Control-Request-Method") : routeMethods;
    }

    private string? Headers(Request request) => _options.AllowedHeaders is { } names ? Join(names) : AskedFor(request, "Access-Control-Request-Headers");

    private static string? Join(IReadOnlyList<string> names) => names.Count == 0 ? null : string.Join(", ", names);

    /// <summary>What the browser asks for goes back as it is, if it is a list of tokens.</summary>
    private static string? AskedFor(Request request, string field)
    {
        var asked = request.Headers[field];
        if (string.IsNullOrEmpty(asked)) return null;
        foreach (var range in asked.AsSpan().Split(','))
            if (!Grammar.IsToken(asked.AsSpan(range).Trim()))
                return null;
        return asked;
    }

    private void Grant(ResponseHeaders fields, string origin)
    {
        fields["Access-Control-Allow-Origin"] = origin;
        if (_options.Credentials) fields["Access-Control-Allow-Credentials"] = "true";
        if (_exposed.Length > 0) fields["Access-Control-Expose-Headers"] = _exposed;
    }

    private static void Vary(ResponseHeaders fields) => fields.AddVary("Origin");
}
