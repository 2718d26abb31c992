#:project ../../src/RawStream.Core
using RawStream;

await HttpServer.ServeAsync(8000, request => "Hello, World!");
