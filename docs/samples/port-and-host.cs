#:project ../../src/RawStream.Core
using RawStream;

await HttpServer.ServeAsync(new HttpServerOptions { Port = 8000, Host = "*" }, request => "Hello, World!");
