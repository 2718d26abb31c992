#:project ../../src/RawStream.Core
using RawStream;

await HttpServer.ServeAsync(8000, async request =>
{
    try
    {
        return $"{(await request.ReadTextAsync()).Length} characters";
    }
    catch (BadRequestException e)
    {
        Console.WriteLine($"No whole body: {e.Message}"); // The client has hung up before its end, or it is malformed.
        throw;
    }
});
