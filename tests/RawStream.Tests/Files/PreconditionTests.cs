using System.Text.RegularExpressions;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Files;

/// <summary>Conditional requests, row by row (RFC 9110 §13.1, and the order of §13.2.2).</summary>
public sealed class PreconditionTests
{
    private const string Before = "Fri, 02 Jan 2026 03:04:04 GMT";
    private const string Same = "Fri, 02 Jan 2026 03:04:05 GMT";
    private const string After = "Fri, 02 Jan 2026 03:04:06 GMT";

    private SiteFolder _site = null!;
    private TestServer _server = null!;
    private string _tag = "";

    [OneTimeSetUp]
    public async Task CreateServer()
    {
        _site = new SiteFolder();
        _site.Write("page.html", "0123456789");
        _server = new TestServer();
        _server.Http.MapFiles("/static/{*path}", _site.Root, new StaticFileOptions { CacheControl = "max-age=60" });
        _server.Http.Map("/response", _ => Response.File(_site["page.html"]));
        _tag = (await _server.GetAsync("/static/page.html"))["ETag"]!;
    }

    [OneTimeTearDown]
    public async Task CloseServer()
    {
        await _server.DisposeAsync();
        _site.Dispose();
    }

    [Test]
    public async Task Both_validators_are_sent_and_the_tag_is_strong()
    {
        var reply = await _server.GetAsync("/static/page.html");

        Assert.That(reply["ETag"], Does.Match("^\"[0-9a-f]+-a\"$"));
        Assert.That(reply["Last-Modified"], Is.EqualTo(Same));
    }

    // Step 1: If-Match, by the strong comparison (§13.1.1).
    [TestCase("If-Match: {tag}", 200)]
    [TestCase("If-Match: \"x\"", 412)]
    [TestCase("If-Match: *", 200)]
    [TestCase("If-Match: \"x\", {tag}", 200)]
    [TestCase("If-Match: \"x\" ,{tag},, \"y\"", 200)]
    [TestCase("If-Match: \"x\"|If-Match: {tag}", 200)]
    [TestCase("If-Match: \"a,b\", {tag}", 200)]
    [TestCase("If-Match: W/{tag}", 412)]
    [TestCase("If-Match: x", 412)]
    [TestCase("If-Match: x, {tag}", 412)]
    [TestCase("If-Match: \"x", 412)]
    [TestCase("If-Match: \"x\" {tag}", 412)]
    [TestCase("If-Match:", 412)]
    // It takes the place of step 2, and goes on with step 3.
    [TestCase("If-Match: {tag}|If-Unmodified-Since: {before}", 200)]
    [TestCase("If-Match: \"x\"|If-Unmodified-Since: {same}", 412)]
    [TestCase("If-Match: {tag}|If-None-Match: {tag}", 304)]
    [TestCase("If-Match: {tag}|If-None-Match: \"x\"", 200)]
    [TestCase("If-Match: \"x\"|If-None-Match: {tag}", 412)]
    [TestCase("If-Match: {tag}|If-Modified-Since: {same}", 304)]
    // Step 2: If-Unmodified-Since (§13.1.4).
    [TestCase("If-Unmodified-Since: {before}", 412)]
    [TestCase("If-Unmodified-Since: {same}", 200)]
    [TestCase("If-Unmodified-Since: {after}", 200)]
    [TestCase("If-Unmodified-Since: yesterday", 200)]
    [TestCase("If-Unmodified-Since: {before}|If-Unmodified-Since: {before}", 200)]
    [TestCase("If-Unmodified-Since: {before}|If-None-Match: {tag}", 412)]
    [TestCase("If-Unmodified-Since: {same}|If-None-Match: {tag}", 304)]
    [TestCase("If-Unmodified-Since: {same}|If-Modified-Since: {same}", 304)]
    // Step 3: If-None-Match, by the weak comparison (§13.1.2).
    [TestCase("If-None-Match: {tag}", 304)]
    [TestCase("If-None-Match: W/{tag}", 304)]
    [TestCase("If-None-Match: *", 304)]
    [TestCase("If-None-Match: \"x\"", 200)]
    [TestCase("If-None-Match: \"x\", W/\"y\",\t{tag}", 304)]
    [TestCase("If-None-Match: \"x\"|If-None-Match: {tag}", 304)]
    [TestCase("If-None-Match: x", 200)]
    [TestCase("If-None-Match:", 200)]
    // It takes the place of step 4.
    [TestCase("If-None-Match: \"x\"|If-Modified-Since: {same}", 200)]
    [TestCase("If-None-Match: {tag}|If-Modified-Since: {before}", 304)]
    // Step 4: If-Modified-Since (§13.1.3), in each form of a date (§5.6.7).
    [TestCase("If-Modified-Since: {same}", 304)]
    [TestCase("If-Modified-Since: {after}", 304)]
    [TestCase("If-Modified-Since: {before}", 200)]
    [TestCase("If-Modified-Since: Friday, 02-Jan-26 03:04:05 GMT", 304)]
    [TestCase("If-Modified-Since: Friday, 02-Jan-26 03:04:04 GMT", 200)]
    [TestCase("If-Modified-Since: Fri Jan  2 03:04:05 2026", 304)]
    [TestCase("If-Modified-Since: Fri Jan  2 03:04:04 2026", 200)]
    [TestCase("If-Modified-Since: Mon Jan 12 03:04:05 2026", 304)]
    [TestCase("If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT", 200)]
    [TestCase("If-Modified-Since: Saturday, 01-Jan-50 00:00:00 GMT", 304)] // 2050: it is less than 50 years ahead.
    [TestCase("If-Modified-Since: 2026-01-02T03:04:05Z", 200)]
    [TestCase("If-Modified-Since: Fri, 02 Jan 2026 03:04:05 CET", 200)]
    [TestCase("If-Modified-Since: Mon, 02 Jan 2026 03:04:05 GMT", 200)] // That was a Friday.
    [TestCase("If-Modified-Since: {same}|If-Modified-Since: {same}", 200)]
    [TestCase("If-Modified-Since: 0", 200)]
    // Step 5: If-Range, by the strong comparison or the very same date (§13.1.5).
    [TestCase("Range: bytes=2-4", 206)]
    [TestCase("Range: bytes=2-4|If-Range: {tag}", 206)]
    [TestCase("Range: bytes=2-4|If-Range: W/{tag}", 200)]
    [TestCase("Range: bytes=2-4|If-Range: \"x\"", 200)]
    [TestCase("Range: bytes=2-4|If-Range: *", 200)]
    [TestCase("Range: bytes=2-4|If-Range: {same}", 206)]
    [TestCase("Range: bytes=2-4|If-Range: Fri Jan  2 03:04:05 2026", 206)]
    [TestCase("Range: bytes=2-4|If-Range: {before}", 200)]
    [TestCase("Range: bytes=2-4|If-Range: {after}", 200)]
    [TestCase("Range: bytes=2-4|If-Range: yesterday", 200)]
    [TestCase("If-Range: {tag}", 200)]
    [TestCase("Range: bytes=99-|If-Range: {tag}", 416)]
    [TestCase("Range: bytes=99-|If-Range: \"x\"", 200)]
    [TestCase("Range: bytes=2-4|If-None-Match: {tag}", 304)]
    [TestCase("Range: bytes=99-|If-None-Match: {tag}", 304)]
    [TestCase("Range: bytes=2-4|If-Modified-Since: {same}", 304)]
    [TestCase("Range: bytes=2-4|If-Match: \"x\"", 412)]
    [TestCase("Range: bytes=2-4|If-Unmodified-Since: {before}|If-Range: {tag}", 412)]
    [TestCase("Range: bytes=2-4|If-Match: {tag}|If-None-Match: \"x\"|If-Range: {tag}", 206)]
    public async Task The_conditions_are_evaluated_in_their_order(string fields, int status)
    {
        fields = string.Concat(fields.Split('|').Select(line => line + "\r\n"))
            .Replace("{tag}", _tag).Replace("{before}", Before).Replace("{same}", Same).Replace("{after}", After);
        foreach (var target in new[] { "/static/page.html", "/response" })
        {
            var client = _server.Connect();
            var get = await client.GetAsync(target, fields);
            await client.AskAsync(target, "HEAD", fields);
            var head = await client.ReadReplyAsync(isHead: true);
            var next = await client.GetAsync(target);

            Assert.That(get.Status, Is.EqualTo(status), target);
            Assert.That(get.Text, status switch { 200 => Is.EqualTo("0123456789"), 206 => Is.EqualTo("234"), 304 => Is.Empty, _ => Does.StartWith($"{status} ") });
            Assert.That(head.Status, Is.EqualTo(status is 206 or 416 ? 200 : status), "Range is for GET alone");
            Assert.That(next.Text, Is.EqualTo("0123456789"), "the connection goes on");
        }
        _server.Log.AssertQuiet();
    }

    [Test]
    public async Task A_304_has_what_a_cache_updates_and_nothing_that_describes_content()
    {
        var reply = await _server.GetAsync("/static/page.html", $"If-None-Match: {_tag}\r\n");

        Assert.That(reply.Fields.Select(field => field.Name), Is.EquivalentTo(new[] { "Date", "ETag", "Cache-Control", "X-Content-Type-Options" }));
        Assert.That(reply["ETag"], Is.EqualTo(_tag));
    }

    [Test]
    public async Task A_412_is_not_cached_and_not_typed_as_the_file()
    {
        var reply = await _server.GetAsync("/static/page.html", "If-Match: \"x\"\r\n");

        Assert.That(reply["Content-Type"], Is.EqualTo("text/plain; charset=utf-8"));
        Assert.That(reply["Cache-Control"], Is.Null);
        Assert.That(reply["Last-Modified"], Is.Null);
    }

    [TestCase("If-None-Match: *")]
    [TestCase("If-Match: \"x\"")]
    [TestCase("Range: bytes=0-1")]
    public async Task What_another_method_returns_is_not_what_its_conditions_are_about(string field)
    {
        var client = _server.Connect();
        await client.AskAsync("/response", "POST", field + "\r\nContent-Length: 0\r\n");

        var reply = await client.ReadReplyAsync();

        Assert.That((reply.Status, reply.Text), Is.EqualTo((200, "0123456789")));
    }

    [Test]
    public async Task The_tag_changes_with_the_length_and_with_the_time()
    {
        var path = _site.Write("changing.txt", "one");
        var first = (await _server.GetAsync("/static/changing.txt"))["ETag"];
        File.SetLastWriteTimeUtc(path, SiteFolder.Modified.AddTicks(10));
        var second = (await _server.GetAsync("/static/changing.txt"))["ETag"];
        _site.Write("changing.txt", "three");
        var third = (await _server.GetAsync("/static/changing.txt"))["ETag"];

        Assert.That(new[] { first, second, third }, Is.Unique);
    }

    /// <summary>Else a change in the same second could not be told from no change (RFC 9110 §8.8.2.2).</summary>
    [Test]
    public async Task The_date_of_a_file_that_has_just_changed_is_before_that_and_does_not_match()
    {
        string? told = null;
        await Patience.UntilAsync(
            async () =>
            {
                var now = TimeProvider.System.GetUtcNow().UtcDateTime;
                File.SetLastWriteTimeUtc(_site.Write("fresh.txt"), now);
                told = (await _server.GetAsync("/static/fresh.txt"))["Last-Modified"];
                return DateTime.Parse(told!).ToUniversalTime() < now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
            },
            "the file is asked for less than a second after its change");

        Assert.That((await _server.GetAsync("/static/fresh.txt", $"If-Modified-Since: {told}\r\n")).Status, Is.EqualTo(200));
    }

    /// <summary>RFC 9110 §8.8.2.1.</summary>
    [Test]
    public async Task A_file_from_the_future_has_no_date_from_there()
    {
        File.SetLastWriteTimeUtc(_site.Write("future.txt"), TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(1));

        var reply = await _server.GetAsync("/static/future.txt");

        Assert.That(DateTime.Parse(reply["Last-Modified"]!), Is.LessThanOrEqualTo(DateTime.Parse(reply["Date"]!)));
    }

    [Test]
    public async Task Validators_that_a_handler_sets_take_the_place_of_the_file_s_own()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", _ => Response.File(_site["page.html"]).With("ETag", "W/\"mine\"").With("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"));

        var reply = await server.GetAsync("/");
        var byTag = await server.GetAsync("/", "If-None-Match: \"mine\"\r\n");
        var byDate = await server.GetAsync("/", "If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT\r\n");

        Assert.That(Regex.Count(reply.Head, "ETag|Last-Modified"), Is.EqualTo(2));
        Assert.That((reply["ETag"], reply["Last-Modified"]), Is.EqualTo(("W/\"mine\"", "Thu, 01 Jan 2026 00:00:00 GMT")));
        Assert.That((byTag.Status, byDate.Status), Is.EqualTo((304, 304)));
    }
}
