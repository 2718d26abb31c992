using RawStream.Middleware;

namespace RawStream;

/// <summary>Cross-origin resource sharing (WHATWG Fetch §3.2).</summary>
public static class Cors
{
    /// <summary>
    /// Lets pages of other origins read what this server answers, errors and streams among it, and answers their preflights for every path that has a route. Add it before
    /// a middleware that asks who somebody is: a preflight never says.
    /// </summary>
    /// <exception cref="ArgumentException">The options name no origin.</exception>
    /// <exception cref="InvalidOperationException">The server has started.</exception>
    public static HttpServer UseCors(this HttpServer server, CorsOptions options)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Origins.Count == 0 && options.OriginIsAllowed is null) throw new ArgumentException("Say which origins: there is none in the options.", nameof(options));
        var policy = new CorsPolicy(options);
        return server.Use(next => (request, response) =>
        {
            var origin = request.Headers["Origin"];
            var isAllowed = policy.Allows(origin);
            response.BeforeHead += policy.FieldsFor(origin, isAllowed);
            if (!CorsPolicy.IsPreflight(request) || server.AllowedMethods(request) is not { } methods) return next(request, response);
            response.Status = 204;
            if (isAllowed) policy.SetPreflightFields(request, response.Headers, methods);
            return default;
        });
    }
}
