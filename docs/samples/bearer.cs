#:project ../../src/RawStream.Core
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using RawStream;

var expected = SHA256.HashData(Encoding.UTF8.GetBytes(Environment.GetEnvironmentVariable("SECRET") ?? throw new InvalidOperationException("Set SECRET.")));

var server = new HttpServer(8000);
server.Use(next => (request, response) =>
{
    if (AuthenticationHeaderValue.TryParse(request.Headers["Authorization"], out var field) && field.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(field.Parameter ?? "")), expected)) return next(request, response);
    response.Status = 401;
    response.Headers["WWW-Authenticate"] = field is null ? "Bearer" : "Bearer error=\"invalid_token\"";
    return response.WriteAsync("A valid token is needed.\n");
});
server.Map("GET /", request => "Welcome.\n");
await server.RunAsync();
