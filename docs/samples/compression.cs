#:project ../../src/RawStream.Core
using RawStream;

var server = new HttpServer(8000).UseCompression();
server.Map("GET /", request => string.Concat(Enumerable.Repeat("Hello, World!\n", 100)));
await server.RunAsync();
