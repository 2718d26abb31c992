using System.IO.Compression;
using System.Runtime.Versioning;
using System.Text;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Files;

/// <summary>A folder of files as a client sees it.</summary>
public sealed class MapFilesTests
{
    private SiteFolder _site = null!;
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer()
    {
        _site = new SiteFolder();
        _server = new TestServer();
    }

    [TearDown]
    public async Task CloseServer()
    {
        await _server.DisposeAsync();
        _site.Dispose();
    }

    private void Map(StaticFileOptions? options = null, string pattern = "/{*path}") => _server.Http.MapFiles(pattern, _site.Root, options);

    [TestCase("/{*path}", "/a/b.txt")]
    [TestCase("/static/{*path}", "/static/a/b.txt")]
    [TestCase("/x/{y}/{*path}", "/x/y%2fz/a/b.txt")]
    [TestCase("/static/{*path}", "/static/%61/b.tx%74?v=1")]
    [TestCase("/static/{*path}", "http://test/static/a/b.txt")]
    public async Task A_file_is_found_below_the_pattern(string pattern, string target)
    {
        _site.Write("a/b.txt");
        Map(pattern: pattern);

        var reply = await _server.GetAsync(target);

        Assert.That((reply.Status, reply.Text, reply["Content-Length"]), Is.EqualTo((200, "hello", "5")));
        Assert.That(reply["X-Content-Type-Options"], Is.EqualTo("nosniff"));
    }

    [TestCase("a b.txt", "/a%20b.txt")]
    [TestCase("ü.txt", "/%C3%BC.txt")]
    [TestCase("100%.txt", "/100%25.txt")]
    [TestCase("a+b&c=d;e.txt", "/a+b&c=d;e.txt")]
    [TestCase("%2e%2e", "/%252e%252e")]
    [TestCase("a..b", "/a..b")]
    [TestCase("日本/語.txt", "/%E6%97%A5%E6%9C%AC/%E8%AA%9E.txt")]
    public async Task A_name_may_hold_what_is_harmless(string name, string target)
    {
        _site.Write(name);
        Map();

        Assert.That((await _server.GetAsync(target)).Text, Is.EqualTo("hello"));
    }

    [Test]
    public async Task HEAD_has_the_head_of_GET()
    {
        _site.Write("page.html");
        Map();
        var client = _server.Connect();

        var get = await client.GetAsync("/page.html");
        await client.AskAsync("/page.html", "HEAD");
        var head = await client.ReadReplyAsync(isHead: true);

        Assert.That(head.Head, Is.EqualTo(get.Head));
        Assert.That((await client.GetAsync("/page.html")).Text, Is.EqualTo("hello"), "no content stood between");
    }

    [TestCase("POST")]
    [TestCase("PUT")]
    [TestCase("DELETE")]
    public async Task Other_methods_are_not_allowed(string method)
    {
        _site.Write("page.html");
        Map();
        var client = _server.Connect();
        await client.AskAsync("/page.html", method);

        Assert.That((await client.ReadReplyAsync()).Status, Is.EqualTo(405));
    }

    [TestCase("/", "root")]
    [TestCase("/sub/", "sub")]
    [TestCase("/alias/", "sub")]
    public async Task A_folder_is_its_index(string target, string expected)
    {
        _site.Write("index.html", "root");
        _site.Write("sub/index.html", "sub");
        _site.Link("alias", "sub");
        Map();

        var reply = await _server.GetAsync(target);

        Assert.That((reply.Status, reply.Text, reply["Content-Type"]), Is.EqualTo((200, expected, "text/html; charset=utf-8")));
    }

    [Test]
    public async Task The_index_can_have_another_name_or_none()
    {
        _site.Write("index.html");
        _site.Write("start.txt", "start");
        Map(new StaticFileOptions { IndexFile = "start.txt" });
        Map(new StaticFileOptions { IndexFile = null }, "/none/{*path}");

        Assert.That((await _server.GetAsync("/")).Text, Is.EqualTo("start"));
        Assert.That((await _server.GetAsync("/none/")).Status, Is.EqualTo(404));
    }

    [TestCase("/static/sub", "sub/")]
    [TestCase("/static/sub?a=b&c=%20", "sub/?a=b&c=%20")]
    [TestCase("/static/sub/a%20b%3Fc", "a%20b%3Fc/")]
    public async Task A_folder_without_its_slash_is_redirected_to_it(string target, string location)
    {
        _site.Write("sub/a b?c/index.html");
        Map(pattern: "/static/{*path}");

        var reply = await _server.GetAsync(target);

        Assert.That((reply.Status, reply["Location"], reply["Content-Length"]), Is.EqualTo((301, location, "0")));
    }

    [Test]
    public async Task A_folder_without_an_index_is_not_listed()
    {
        _site.Write("sub/a.txt");
        Map();

        Assert.That((await _server.GetAsync("/sub/")).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task A_listing_shows_what_is_served_escaped_and_links_to_it()
    {
        _site.Write("sub/<b>&\"'.txt", "markup");
        _site.Write("sub/folder/x");
        _site.Write("sub/.hidden");
        _site.Write("sub/trailing.");
        _site.Write("../secret.txt");
        _site.Link("sub/out", "../../secret.txt");
        Map(new StaticFileOptions { DirectoryListing = true });

        var reply = await _server.GetAsync("/sub/");
        var links = reply.Text.Split('\n').Where(line => line.StartsWith("<li>", StringComparison.Ordinal));

        Assert.That(links, Is.EqualTo(new[]
        {
            "<li><a href=\"./../\">../</a>",
            "<li><a href=\"./%3Cb%3E%26%22%27.txt\">&lt;b&gt;&amp;&quot;&#39;.txt</a>",
            "<li><a href=\"./folder/\">folder/</a>",
        }));
        Assert.That((reply["Content-Type"], reply["X-Content-Type-Options"]), Is.EqualTo(("text/html; charset=utf-8", "nosniff")));
        Assert.That((await _server.GetAsync("/sub/%3Cb%3E%26%22%27.txt")).Text, Is.EqualTo("markup"));
        Assert.That((await _server.GetAsync("/")).Text, Does.Not.Contain("../"), "nothing is above the root");
    }

    [TestCase(1000, 1000, false)]
    [TestCase(1001, 1000, true)]
    public async Task A_listing_is_bounded(int files, int listed, bool more)
    {
        for (var i = 0; i < files; i++) _site.Write($"many/{i}", "");
        Map(new StaticFileOptions { DirectoryListing = true });

        var reply = await _server.GetAsync("/many/");

        Assert.That(reply.Text.Split("<li>").Length - 2, Is.EqualTo(listed));
        Assert.That(reply.Text.Contains("There are more.", StringComparison.Ordinal), Is.EqualTo(more));
    }

    [Test]
    public async Task Dot_files_are_served_when_that_is_asked_for()
    {
        _site.Write(".well-known/security.txt");
        Map(new StaticFileOptions { DotFiles = true });

        Assert.That((await _server.GetAsync("/.well-known/security.txt")).Text, Is.EqualTo("hello"));
        Assert.That((await _server.GetAsync("/.well-known/../.well-known/security.txt")).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task Links_within_the_folder_are_followed_and_the_folder_may_be_a_link()
    {
        _site.Write("real/a.txt");
        _site.Link("a.txt", "real/a.txt");
        _site.Link("abs", _site["real"]);
        _site.Link("../linked-site", _site.Root);
        _server.Http.MapFiles("/{*path}", _site["../linked-site"]);

        foreach (var target in new[] { "/a.txt", "/abs/a.txt", "/real/a.txt" }) Assert.That((await _server.GetAsync(target)).Text, Is.EqualTo("hello"), target);
    }

    [TestCase("br", "br")]
    [TestCase("gzip", "gzip")]
    [TestCase("gzip, br", "br")]
    [TestCase("gzip;q=1, br;q=0.5", "gzip")]
    [TestCase("br;q=0, gzip;q=0.1", "gzip")]
    [TestCase("*", "br")]
    [TestCase("identity;q=1, gzip;q=0.5", null)]
    [TestCase("br;q=0, gzip;q=0", null)]
    [TestCase("deflate", null)]
    [TestCase("", null)]
    [TestCase(null, null)]
    public async Task A_precompressed_sibling_is_sent_to_whoever_takes_it(string? accepted, string? coding)
    {
        var forms = new Dictionary<string, string> { [""] = "plain", ["br"] = "in brotli", ["gzip"] = "in gzip" };
        _site.Write("app.js", forms[""]);
        _site.Write("app.js.br", forms["br"]);
        _site.Write("app.js.gz", forms["gzip"]);
        Map(new StaticFileOptions { Precompressed = true });

        var fields = accepted is null ? "" : $"Accept-Encoding: {accepted}\r\n";
        var reply = await _server.GetAsync("/app.js", fields);
        var again = await _server.GetAsync("/app.js", $"{fields}If-None-Match: {reply["ETag"]}\r\n");
        var part = await _server.GetAsync("/app.js", $"{fields}Range: bytes=-2\r\nIf-Range: {reply["ETag"]}\r\n");

        Assert.That((reply.Text, reply["Content-Encoding"]), Is.EqualTo((forms[coding ?? ""], coding)));
        Assert.That((reply["Content-Type"], reply["Vary"]), Is.EqualTo(("text/javascript; charset=utf-8", "Accept-Encoding")));
        Assert.That((again.Status, again["Vary"], again["Content-Encoding"]), Is.EqualTo((304, "Accept-Encoding", (string?)null)));
        Assert.That((part.Status, part.Text, part["Content-Encoding"]), Is.EqualTo((206, forms[coding ?? ""][^2..], coding)));
    }

    /// <summary>Both have the length and the time of the file itself.</summary>
    [Test]
    public async Task Each_form_has_its_own_tag()
    {
        foreach (var name in new[] { "a.css", "a.css.br", "a.css.gz" }) _site.Write(name);
        Map(new StaticFileOptions { Precompressed = true });

        var tags = new List<string?>();
        foreach (var coding in new[] { "br", "gzip", "identity" }) tags.Add((await _server.GetAsync("/a.css", $"Accept-Encoding: {coding}\r\n"))["ETag"]);

        Assert.That(tags, Is.Unique);
        Assert.That((await _server.GetAsync("/a.css", $"Accept-Encoding: br\r\nIf-None-Match: {tags[2]}\r\n")).Status, Is.EqualTo(200), "that is another form");
    }

    [Test]
    public async Task Precompressed_files_are_for_those_who_ask_for_them()
    {
        _site.Write("app.js", "plain");
        _site.Write("app.js.gz");
        _site.Write("image.png");
        Map(pattern: "/off/{*path}");
        Map(new StaticFileOptions { Precompressed = true });

        var off = await _server.GetAsync("/off/app.js", "Accept-Encoding: gzip\r\n");
        var none = await _server.GetAsync("/image.png", "Accept-Encoding: gzip\r\n");

        Assert.That((off.Text, off["Content-Encoding"], off["Vary"]), Is.EqualTo(("plain", (string?)null, (string?)null)));
        Assert.That(none["Vary"], Is.Null, "it has one form only");
    }

    [Test]
    public async Task HttpClient_decompresses_what_lies_compressed()
    {
        var text = string.Concat(Enumerable.Repeat("streaming ", 1000));
        _site.Write("text.txt", text);
        await using (var brotli = new BrotliStream(File.Create(_site["text.txt.br"]), CompressionLevel.Fastest)) await brotli.WriteAsync(Encoding.ASCII.GetBytes(text));
        Map(new StaticFileOptions { Precompressed = true });
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = (_, _) => new(_server.Http.Connect()),
            AutomaticDecompression = System.Net.DecompressionMethods.Brotli,
        });

        Assert.That(await client.GetStringAsync(new Uri("http://test/text.txt")), Is.EqualTo(text));
    }

    [Test]
    public async Task Cache_Control_is_on_files_and_not_on_refusals()
    {
        _site.Write("a.txt");
        Map(new StaticFileOptions { CacheControl = "public, max-age=3600" });

        Assert.That((await _server.GetAsync("/a.txt"))["Cache-Control"], Is.EqualTo("public, max-age=3600"));
        Assert.That((await _server.GetAsync("/b.txt"))["Cache-Control"], Is.Null);
        Assert.That((await _server.GetAsync("/a.txt", "Range: bytes=99-\r\n"))["Cache-Control"], Is.Null);
    }

    [Test]
    public async Task Middleware_keeps_its_fields()
    {
        _site.Write("a.txt");
        _site.Write("a.txt.br");
        _server.Http.Use(next => (request, response) =>
        {
            response.Headers["Cache-Control"] = "no-cache";
            response.Headers["Vary"] = "Origin";
            return next(request, response);
        });
        Map(new StaticFileOptions { Precompressed = true });

        var reply = await _server.GetAsync("/a.txt");

        Assert.That(reply["Cache-Control"], Is.EqualTo("no-cache"));
        Assert.That(reply.Fields.Where(field => field.Name == "Vary").Select(field => field.Value), Is.EqualTo(new[] { "Origin", "Accept-Encoding" }));
    }

    [TestCase("a.html", "text/html; charset=utf-8")]
    [TestCase("a.HTML", "text/html; charset=utf-8")]
    [TestCase("a.css", "text/css; charset=utf-8")]
    [TestCase("a.mjs", "text/javascript; charset=utf-8")]
    [TestCase("a.json", "application/json")]
    [TestCase("a.svg", "image/svg+xml")]
    [TestCase("a.woff2", "font/woff2")]
    [TestCase("a.tar.gz", "application/gzip")]
    [TestCase("a.m3u8", "application/vnd.apple.mpegurl")]
    [TestCase("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")]
    [TestCase("a.unknown", "application/octet-stream")]
    [TestCase("noextension", "application/octet-stream")]
    [TestCase("a.mine", "text/x-mine")]
    [TestCase("a.LOG", "text/x-log")]
    public async Task The_extension_tells_the_type_and_the_options_know_better(string name, string type)
    {
        _site.Write(name);
        Map(new StaticFileOptions { ContentTypes = { [".mine"] = "text/x-mine", [".log"] = "text/x-log" } });

        Assert.That((await _server.GetAsync("/" + name))["Content-Type"], Is.EqualTo(type));
    }

    /// <summary>To open one takes until somebody writes to it.</summary>
    [Test]
    public async Task A_pipe_is_not_opened()
    {
        using var make = System.Diagnostics.Process.Start("mkfifo", [_site["pipe"]]);
        await make.WaitForExitAsync().Within();
        Map();

        var reply = await _server.GetAsync("/pipe");

        Assert.That((reply.Status, reply["Content-Length"]), Is.EqualTo((200, "0")));
    }

    [Test, Platform("Linux")]
    [UnsupportedOSPlatform("windows")]
    public async Task What_may_not_be_read_is_a_403()
    {
        File.SetUnixFileMode(_site.Write("file.txt"), UnixFileMode.None);
        _site.Write("open.txt");
        _site.Write("folder/a.txt");
        var mode = File.GetUnixFileMode(_site["folder"]);
        foreach (var above in new[] { "..", "." }) File.SetUnixFileMode(_site[above], OrdinaryUser.MayRead);
        File.SetUnixFileMode(_site["folder"], OrdinaryUser.MayPass);
        _server.Http.Use(OrdinaryUser.Handles);
        Map(new StaticFileOptions { DirectoryListing = true });

        var open = await _server.GetAsync("/open.txt");
        var file = await _server.GetAsync("/file.txt");
        var folder = await _server.GetAsync("/folder/");
        File.SetUnixFileMode(_site["folder"], mode);

        Assert.That((open.Status, file.Status, folder.Status), Is.EqualTo((200, 403, 403)));
        _server.Log.AssertQuiet();
    }

    [TestCase("/static")]
    [TestCase("/static/{path}")]
    [TestCase("GET /static/{*path}")]
    [TestCase("static/{*path}")]
    [TestCase("")]
    public void A_pattern_that_is_not_for_files_is_refused(string pattern) =>
        Assert.That(() => Map(pattern: pattern), Throws.ArgumentException);

    [Test]
    public void What_cannot_be_is_refused_at_once()
    {
        Assert.That(() => _server.Http.MapFiles("/{*path}", _site["nowhere"]), Throws.InstanceOf<DirectoryNotFoundException>());
        Assert.That(() => _server.Http.MapFiles("/{*path}", _site.Write("file")), Throws.InstanceOf<DirectoryNotFoundException>());
        Assert.That(() => Map(new StaticFileOptions { IndexFile = "../index.html" }), Throws.ArgumentException);
        Assert.That(() => Map(new StaticFileOptions { IndexFile = ".index" }), Throws.ArgumentException);
        Assert.That(() => Map(new StaticFileOptions { CacheControl = "a\r\nb: c" }), Throws.ArgumentException);
        Assert.That(() => Map(new StaticFileOptions { ContentTypes = { [".x"] = "a\nb" } }), Throws.ArgumentException);
        Assert.That(() => Map(new StaticFileOptions { ContentTypes = { ["x"] = "text/x" } }), Throws.ArgumentException, "without its dot no extension would be it");
    }
}
