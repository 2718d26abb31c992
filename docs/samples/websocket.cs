#:project ../../src/RawStream.Core
using RawStream;

await HttpServer.ServeAsync(8000, request => Response.WebSocket(async socket =>
{
    Console.WriteLine("A client has connected.");
    await foreach (var message in socket.ReadAllAsync())
        if (message.Text == "ping") await socket.SendAsync("pong");
}));
