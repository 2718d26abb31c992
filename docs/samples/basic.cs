#:project ../../src/RawStream.Core
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using RawStream;

// Such as admin:password.
var expected = SHA256.HashData(Encoding.UTF8.GetBytes(Environment.GetEnvironmentVariable("SECRET") ?? throw new InvalidOperationException("Set SECRET.")));

var server = new HttpServer(8000);
server.Use(next => (request, response) =>
{
    var sent = new byte[512];
    if (AuthenticationHeaderValue.TryParse(request.Headers["Authorization"], out var field) && field.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)
        && Convert.TryFromBase64String(field.Parameter ?? "", sent, out var length)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(sent.AsSpan(0, length)), expected)) return next(request, response);
    response.Status = 401;
    response.Headers["WWW-Authenticate"] = "Basic realm=\"admin\", charset=\"UTF-8\"";
    return response.WriteAsync("Who are you?\n");
});
server.Map("GET /", request => "Welcome.\n");
await server.RunAsync();
