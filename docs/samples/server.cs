#!/usr/bin/env dotnet
#:project ../../src/RawStream.Core
using RawStream;

var server = new HttpServer(8000);
server.Map("GET /", request => "Hello, World!");
server.Map("GET /ticks", request => Response.Every(TimeSpan.FromSeconds(1), now => $"It is {now:O}\n"));
await server.RunAsync();
