#:project ../../src/RawStream.Core
using RawStream;

await HttpServer.ServeAsync(8000, async (request, response) =>
{
    await foreach (var now in request.Every(TimeSpan.FromSeconds(1)))
        await response.WriteAsync($"It is {now:O}\n");
    Console.WriteLine("The client has left.");
});
