#:project ../../src/RawStream.Core
using RawStream;

var https = new HttpsOptions { Certificate = ServerCertificate.FromPem("cert.pem", "key.pem") };
await HttpServer.ServeAsync(new HttpServerOptions { Port = 8000, Https = https }, request => "Hello, World!");
