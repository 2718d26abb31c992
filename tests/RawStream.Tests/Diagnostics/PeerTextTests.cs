using System.Net.ServerSentEvents;
using System.Text;
using NUnit.Framework;
using RawStream.Forms;
using RawStream.Tests.Support;
using RawStream.Tests.WebSockets;

namespace RawStream.Tests.Diagnostics;

/// <summary>
/// Nothing that a peer sends reaches a log as it is: not by a line of the server, and not by an exception of the library that a handler has run into. (What a handler puts into an exception, or
/// into the path of a file, is its own.) And nothing that the server knows reaches a peer.
/// </summary>
public sealed class PeerTextTests
{
    /// <summary>A second line, a terminal's escape, other line ends, text from right to left, and a zero.</summary>
    private const string Hostile = "evil\r\n[ERR] all is lost\u001B[31m\u0085\u2028\u2029\u202E\0\u007F\tend";

    private static readonly Dictionary<string, Func<Request, ResponseWriter, string, ValueTask>> Uses = new()
    {
        ["field name"] = (request, response, text) => Do(() => response.Headers[text] = "x"),
        ["field value"] = (request, response, text) => Do(() => response.Headers["X"] = text),
        ["trailer name"] = (request, response, text) => Do(() => response.Trailers[text] = "x"),
        ["cookie name"] = (request, response, text) => Do(() => response.SetCookie(text, "x")),
        ["cookie value"] = (request, response, text) => Do(() => response.SetCookie("x", text)),
        ["cookie path"] = (request, response, text) => Do(() => response.SetCookie("x", "y", new CookieOptions { Path = text })),
        ["cookie domain"] = (request, response, text) => Do(() => response.SetCookie("x", "y", new CookieOptions { Domain = text })),
        ["location"] = (request, response, text) => Response.Redirect(text).WriteAsync(request, response),
        ["field of a value"] = (request, response, text) => Do(() => Response.Text("x").With(text, "x")),
        ["content type"] = (request, response, text) => Response.Text("x", contentType: text).WriteAsync(request, response),
        ["content length"] = (request, response, text) => WriteAsync(response, "1" + text),
        ["protocol"] = (request, response, text) => Do(() => request.CanUpgrade(text)),
        ["upgrade"] = (request, response, text) => new(response.UpgradeAsync(text).AsTask()),
        ["route value"] = (request, response, text) => Do(() => _ = request.Route[text]),
        ["event type"] = (request, response, text) => Response.Events(Items(new SseItem<string>("x", text))).WriteAsync(request, response),
        ["event id"] = (request, response, text) => Response.Events(Items(new SseItem<string>("x") { EventId = text })).WriteAsync(request, response),
        ["status of a bad request"] = (request, response, text) => throw new BadRequestException(text),
    };

    [TestCaseSource(nameof(NamesOfUses))]
    public async Task What_the_library_throws_at_a_handler_is_visible_text(string use)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", (request, response) => Uses[use](request, response, request.Query["text"]!));
        var client = server.Connect();

        await client.AskAsync($"/?text={Uri.EscapeDataString(Hostile)}");
        client.Finish();
        await client.ReadToEndAsync();
        await server.UntilIdleAsync();

        AssertVisible(server.Log);
        Assert.That(server.Log.Lines, Is.Not.Empty);
    }

    [TestCase("GET /evil{0} HTTP/1.1\r\nHost: test\r\n\r\n")]
    [TestCase("GE{0}T / HTTP/1.1\r\nHost: test\r\n\r\n")]
    [TestCase("GET / HTTP/1.1{0}\r\nHost: test\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: te{0}st\r\n\r\n")]
    [TestCase("GET http://te{0}st/ HTTP/1.1\r\nHost: test\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: test\r\nX{0}: 1\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: test\r\nX: {0}\r\nCookie: a={0}\r\nOrigin: {0}\r\nUser-Agent: {0}\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: test\r\nX-Forwarded-For: {0}\r\n\r\n")]
    [TestCase("GET /events HTTP/1.1\r\nHost: test\r\nLast-Event-ID: {0}\r\n\r\n")]
    [TestCase("POST /form HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"{0}\"; filename=\"{0}\"\r\n\r\nx\r\n--x--")]
    [TestCase("POST /form HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; boundary={0}\r\nContent-Length: 0\r\n\r\n")]
    [TestCase("POST /form HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n1;{0}\r\n")]
    [TestCase("POST /form HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: {0}\r\n\r\n")]
    [TestCase("POST /form HTTP/1.1\r\nHost: test\r\nContent-Length: 1{0}\r\n\r\n")]
    [TestCase("POST /form HTTP/1.1\r\nHost: test\r\nExpect: {0}\r\n\r\n")]
    [TestCase("GET /ws HTTP/1.1\r\nHost: test\r\nConnection: upgrade\r\nUpgrade: {0}\r\nSec-WebSocket-Protocol: {0}\r\nSec-WebSocket-Key: {0}\r\nOrigin: {0}\r\n\r\n")]
    public async Task What_stands_in_a_request_is_not_in_a_log(string request)
    {
        string[] texts = [Hostile, .. Hostile.Where(c => !char.IsLetter(c)).Distinct().Select(c => $"evil{c}evil")];
        await using var server = new TestServer();
        server.Http.UseForwarded(new ForwardedOptions { TrustsUnixSocket = true });
        server.Http.Map("GET /{*path}", (Func<Request, Response>)(request => throw new TimeoutException("A handler that always fails.")));
        server.Http.Map("GET /events", request => Response.Events(new Broadcast<string>().Subscribe(request.LastEventId)));
        server.Http.Map("GET /ws", request => Response.WebSocket(socket => Echoes.EchoAsync(socket)));
        server.Http.Map("POST /form", async request =>
        {
            await foreach (var part in request.ReadPartsAsync()) throw new TimeoutException("A handler that always fails.");
            return "fine";
        });

        foreach (var text in texts)
        {
            var client = server.Connect();
            await client.SendAsync(Encoding.UTF8.GetBytes(request.Replace("{0}", text, StringComparison.Ordinal)));
            client.Abort();
        }
        await server.UntilIdleAsync();

        AssertVisible(server.Log);
    }

    [Test]
    public async Task A_WebSocket_s_last_words_are_not_in_a_log()
    {
        await using var server = Echoes.Create();
        var socket = await RawSocket.OpenAsync(server);

        await socket.SendAsync(ClientFrame.Close(1000, Hostile));
        await socket.ReadCloseAsync();
        socket.Client.Abort();
        await server.UntilIdleAsync();

        AssertVisible(server.Log);
    }

    [TestCase("GET / HTTP/1.1\r\nHost: test\r\n\r\n", 200)]
    [TestCase("GET /fails HTTP/1.1\r\nHost: test\r\n\r\n", 500)]
    [TestCase("GET /nowhere HTTP/1.1\r\nHost: test\r\n\r\n", 404)]
    [TestCase("DELETE / HTTP/1.1\r\nHost: test\r\n\r\n", 405)]
    [TestCase("OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n", 204)]
    [TestCase("BREW / HTTP/1.1\r\nHost: test\r\n\r\n", 501)]
    [TestCase("GET / HTTP/1.1\r\n\r\n", 400)]
    [TestCase("POST /json HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\n{x}", 400)]
    [TestCase("POST /json HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000000\r\n\r\n", 413)]
    [TestCase("POST /json HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nx", 400)]
    [TestCase("nonsense\r\n\r\n", 400)]
    public async Task No_response_says_what_answers_it_or_what_went_wrong_inside(string request, int status)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => "fine");
        server.Http.Map("GET /fails", (Func<Request, Response>)(_ => throw new TimeoutException("secret")));
        server.Http.Map("POST /json", async request => $"{await request.ReadJsonAsync(Server.TestJson.Default.Order)}");
        var client = server.Connect();

        await client.SendAsync(request);
        client.Finish();
        var all = await client.ReadToEndAsync();

        Assert.That(all, Does.StartWith($"HTTP/1.1 {status} "));
        foreach (var word in new[] { "Server:", "X-Powered-By", "RawStream", ".NET", "Exception", "   at ", ".cs", "secret" })
            Assert.That(all, Does.Not.Contain(word).IgnoreCase);
    }

    private static ValueTask Do(Action action)
    {
        action();
        return default;
    }

    private static ValueTask WriteAsync(ResponseWriter response, string length)
    {
        response.Headers["Content-Length"] = length;
        return response.WriteAsync("x");
    }

    private static string[] NamesOfUses() => [.. Uses.Keys];

    private static async IAsyncEnumerable<SseItem<string>> Items(SseItem<string> item)
    {
        await Task.CompletedTask;
        yield return item;
    }

    private static void AssertVisible(TestLog log)
    {
        foreach (var line in log.Lines)
        {
            Assert.That(line.Text, Does.Match(@"^[ -~]*\z"));
            for (var exception = line.Exception; exception is not null; exception = exception.InnerException)
                Assert.That(exception.Message.Replace(Environment.NewLine, " ", StringComparison.Ordinal), Does.Match(@"^[ -~]*\z"), line.Text);
        }
    }
}
