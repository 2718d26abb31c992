#:project ../../src/RawStream.Core
using RawStream;

await HttpServer.ServeAsync(8000, async request =>
{
    Console.WriteLine($"Method: {request.Method}");
    Console.WriteLine($"Path: {request.Path}");
    Console.WriteLine($"Query parameters: {string.Join(", ", request.Query)}");
    Console.WriteLine($"Headers: {string.Join(", ", request.Headers)}");
    Console.WriteLine($"Body: {await request.ReadTextAsync()}");
    return "Hello, World!";
});
