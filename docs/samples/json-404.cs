#:project ../../src/RawStream.Core
using System.Text.Json.Nodes;
using RawStream;

await HttpServer.ServeAsync(8000, request => Response.Json(new JsonObject { ["message"] = "NOT FOUND" }, 404));
