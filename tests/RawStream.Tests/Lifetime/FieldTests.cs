using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>The fields of a response, however they are set.</summary>
[TestFixture]
public sealed class FieldTests
{
    private const string Date = "Mon, 01 Jan 2024 00:00:00 GMT";

    [Test]
    public async Task Content_Type_by_With_replaces_that_of_the_response([Values] bool beside)
    {
        var lines = await LinesOfAsync(() => Response.Text("hello").With("Content-Type", "text/html"), beside);

        Assert.That(lines.Where(line => IsNamed(line, "Content-Type")), Is.EqualTo(new[] { "Content-Type: text/html" }));
        Assert.That(lines.Where(line => IsNamed(line, "Content-Length")), Is.EqualTo(new[] { "Content-Length: 5" }));
    }

    [Test]
    public async Task Date_by_With_is_the_only_one([Values] bool beside)
    {
        var lines = await LinesOfAsync(() => Response.Text("hello").With("Date", Date), beside);

        Assert.That(lines.Where(line => IsNamed(line, "Date")), Is.EqualTo(new[] { "Date: " + Date }));
        Assert.That(lines.Where(line => IsNamed(line, "Content-Length")), Is.EqualTo(new[] { "Content-Length: 5" }));
    }

    [TestCase("Content-Length")]
    [TestCase("content-length")]
    public void Content_Length_by_With_is_refused(string name) =>
        Assert.That(() => Response.Text("hello").With(name, "3"), Throws.ArgumentException);

    [Test]
    public async Task A_field_that_is_set_to_null_is_removed()
    {
        var value = Site.Signal<string?>();
        await using var site = new Site((request, response) =>
        {
            response.Headers["X"] = "1";
            response.Headers["x"] = null;
            value.SetResult(response.Headers["X"]);
            return default;
        });
        await using var peer = site.Connect();

        await peer.GetAsync("/");
        var head = await peer.ReadUntilAsync("\r\n\r\n");

        Assert.That(await value.Task.WaitAsync(Site.Patience), Is.Null);
        Assert.That(head, Does.StartWith("HTTP/1.1 200 ").And.Not.Contain("\r\nX:"));
    }

    [TestCase("Content-Length")]
    [TestCase("Content-Type")]
    [TestCase("host")]
    [TestCase("Set-Cookie")]
    [TestCase("Authorization")]
    public async Task A_field_that_means_nothing_in_a_trailer_is_refused(string name)
    {
        var thrown = Site.Signal<ArgumentException?[]>();
        await using var site = new Site(async (request, response) =>
        {
            response.Trailers["X-Sum"] = "1";
            thrown.SetResult([Catch(() => response.Trailers[name] = "5"), Catch(() => response.Trailers.Add(name, "5"))]);
            await response.WriteAsync("x");
        });
        await using var peer = site.Connect();

        await peer.GetAsync("/");
        var received = await peer.ReadUntilAsync("\r\n0\r\nX-Sum: 1\r\n");

        Assert.That(await thrown.Task.WaitAsync(Site.Patience), Has.All.Not.Null);
        Assert.That(received[received.IndexOf("\r\n0\r\n", StringComparison.Ordinal)..], Does.Not.Contain(name));
    }

    /// <param name="make">Makes the response.</param>
    /// <param name="beside">A middleware has set another field, and the head cannot be copied.</param>
    private static async Task<string[]> LinesOfAsync(Func<Response> make, bool beside)
    {
        await using var site = new Site();
        site.Server.Use(next => (request, response) =>
        {
            if (beside) response.Headers["X-Beside"] = "1";
            return next(request, response);
        });
        site.Server.Map("GET /", _ => make());
        await using var peer = site.Connect();
        await peer.GetAsync("/");
        var received = await peer.ReadUntilAsync("hello");
        Assert.That(received.Contains("X-Beside", StringComparison.Ordinal), Is.EqualTo(beside));
        return received.Split("\r\n");
    }

    private static bool IsNamed(string line, string name) => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase);

    private static ArgumentException? Catch(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (ArgumentException e)
        {
            return e;
        }
    }
}
