using NUnit.Framework;
using RawStream.Forms;
using RawStream.Tests.Support;

namespace RawStream.Tests.Browser;

/// <summary>A page of one origin and a server of another one, with what a browser thinks of it: preflights, credentials, errors, forms, cookies.</summary>
[Parallelizable] // It waits more than it works.
public sealed class CrossOriginTests : BrowserTests
{
    private TestServer _pages = null!;
    private TestServer _api = null!;

    [SetUp]
    public async Task StartServersAsync()
    {
        _pages = new TestServer();
        _pages.Http.Map("GET /", _ => Response.Text("<!doctype html><title>A page</title>", contentType: "text/html; charset=utf-8"));
        await _pages.StartAsync();
        _api = new TestServer();
        _api.Http.UseCors(new CorsOptions { Origins = [OriginOf(_pages)], Credentials = true, ExposedHeaders = ["X-Total"] });
        MapApi(_api.Http);
        await _api.StartAsync();
        await Page.GoToAsync(OriginOf(_pages));
    }

    [TearDown]
    public async Task StopServersAsync()
    {
        await _pages.DisposeAsync();
        await _api.DisposeAsync();
    }

    [TestCase("'/orders/7', { method: 'PUT', headers: { 'X-Token': 't', 'Content-Type': 'application/json' }, body: '{}' }", "200 changed 7 total 1")]
    [TestCase("'/fails'", "500 Internal Server Error\n total null")]
    [TestCase("'/nowhere'", "404 404 Not Found: no such path here.\n total null")]
    [TestCase("'/small', { method: 'POST', body: 'far too much' }", "413 413 Content Too Large: The request body is too large. (RFC 9110 §15.5.14)\n total null")]
    public async Task A_page_reads_what_it_may(string request, string expected) => Assert.That(await FetchAsync(request), Is.EqualTo(expected));

    [TestCase("127.0.0.1", "'/orders/7', { method: 'DELETE' }", "DELETE is not allowed")]
    [TestCase("localhost", "'/who'", "Access-Control-Allow-Origin", Description = "Another name is another origin.")]
    [TestCase("localhost", "'/orders/7', { method: 'PUT' }", "Access-Control-Allow-Origin")]
    public async Task A_page_is_kept_from_what_it_may_not(string host, string request, string reason)
    {
        await using var other = await BrowserSetup.Browser!.OpenAsync();
        await other.GoToAsync($"http://{host}:{_pages.Http.Port}");

        Assert.That(await FetchAsync(request, other), Is.EqualTo("Failed to fetch"));
        Assert.That(other.Faults, Has.Some.Contains(reason));
    }

    [Test]
    public async Task A_cookie_is_kept_and_goes_with_a_stream_of_events()
    {
        await FetchAsync("'/login', { method: 'POST', credentials: 'include' }");

        var data = await Page.EvaluateAsync<string>($$"""
            new Promise(done => {
              const source = new EventSource('{{OriginOf(_api)}}/events', { withCredentials: true });
              source.onmessage = event => { source.close(); done(event.data); };
              source.onerror = () => { source.close(); done('lost'); };
            })
            """);

        Assert.That(data, Is.EqualTo("you are 31d4"));
        Assert.That(await FetchAsync("'/who'"), Is.EqualTo("200 nobody total null"), "without credentials");
        Assert.That(await Page.EvaluateAsync<string>("document.cookie"), Is.Empty, "no script sees it");
        await FetchAsync("'/logout', { method: 'POST', credentials: 'include' }");
        Assert.That(await FetchAsync("'/who', { credentials: 'include' }"), Is.EqualTo("200 nobody total null"));
    }

    [Test]
    public async Task Forms_come_as_they_were_filled_in()
    {
        var form = await FetchAsync("'/form', { method: 'POST', body: new URLSearchParams([['name', 'J\u00FCrgen & S\u00F6hne'], ['a b', '1+1=2']]) }");
        var parts = await Page.EvaluateAsync<string>($$"""
            (() => {
              const form = new FormData();
              form.append('ti"tle', 'Holidays \u00E9t\u00E9');
              form.append('photo', new Blob([new Uint8Array(1000000)], { type: 'image/jpeg' }), '../b\u00E9ach.jpg');
              form.append('none', new Blob([]), '');
              return fetch('{{OriginOf(_api)}}/parts', { method: 'POST', body: form }).then(response => response.text());
            })()
            """);

        Assert.That(form, Is.EqualTo("200 name=J\u00FCrgen & S\u00F6hne|a b=1+1=2 total null"));
        Assert.That(parts, Is.EqualTo("ti%22tle=Holidays \u00E9t\u00E9|photo: b\u00E9ach.jpg image/jpeg 1000000|none="));
    }

    /// <summary>Status, text, and the field that is exposed; or why not.</summary>
    private Task<string> FetchAsync(string request) => FetchAsync(request, Page);

    private Task<string> FetchAsync(string request, BrowserPage page) => page.EvaluateAsync<string>($$"""
        ((path, options) => fetch('{{OriginOf(_api)}}' + path, options)
          .then(async response => `${response.status} ${await response.text()} total ${response.headers.get('X-Total')}`, error => error.message))({{request}})
        """);

    private static string OriginOf(TestServer server) => $"http://127.0.0.1:{server.Http.Port}";

    private static void MapApi(HttpServer server)
    {
        server.Map("PUT /orders/{id}", request => Response.Text($"changed {request.Route["id"]}").With("X-Total", "1"));
        server.Map("GET /fails", (Func<Request, Response>)(_ => throw new InvalidOperationException("on purpose")));
        server.Map("POST /small", async request =>
        {
            request.MaxBodySize = 5;
            return await request.ReadTextAsync();
        });
        server.Map("POST /login", _ => Response.Empty().WithCookie("sid", "31d4"));
        server.Map("POST /logout", _ => Response.Empty().WithoutCookie("sid"));
        server.Map("GET /who", request => request.Cookies["sid"] ?? "nobody");
        server.Map("GET /events", request => Response.Events(new[] { $"you are {request.Cookies["sid"] ?? "nobody"}" }.ToAsyncEnumerable()));
        server.Map("POST /form", async request => string.Join('|', (await request.ReadFormAsync()).Select(field => $"{field.Key}={field.Value}")));
        server.Map("POST /parts", async request =>
        {
            var said = new List<string>();
            await foreach (var part in request.ReadPartsAsync())
            {
                if (part.FileName is null) said.Add($"{part.Name}={await part.ReadTextAsync()}");
                else said.Add($"{part.Name}: {part.FileName} {part.ContentType} {await LengthAsync(part.Body)}");
            }
            return string.Join('|', said);
        });
    }

    private static async Task<long> LengthAsync(Stream body)
    {
        var buffer = new byte[4096];
        long length = 0;
        while (await body.ReadAsync(buffer) is > 0 and var count) length += count;
        return length;
    }
}
