using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;
using RawStream.Tests.Coding;
using RawStream.Tests.Events;
using RawStream.Tests.Support;

namespace RawStream.Tests.Stopping;

/// <summary>What an event stream says last when the server stops: when to come back. It is another time for each client.</summary>
public sealed partial class FarewellTests
{
    private static readonly Random Half = new Fixed(0.5);

    private readonly ManualTime _time = new();
    private Broadcast<string> _news = null!;

    [SetUp]
    public void CreateBroadcast() => _news = new Broadcast<string>();

    [Test]
    public async Task It_is_within_its_bounds([Values] bool isBroadcast, [Values("HTTP/1.1", "HTTP/1.0")] string version)
    {
        var options = new EventStreamOptions { StopRetry = TimeSpan.FromSeconds(3), StopRetrySpread = TimeSpan.FromSeconds(2), Random = Half };
        Assert.That(Content(await StopAsync(isBroadcast, options, version: version), version), Does.EndWith("retry: 4000\n\n"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task By_default_it_is_from_one_second_to_five(bool isBroadcast)
    {
        var told = new List<int>();
        for (var i = 0; i < 40; i++)
        {
            var rest = await StopAsync(isBroadcast, new EventStreamOptions());
            told.Add(int.Parse(Retry().Match(rest).Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture));
        }

        Assert.That(told, Has.All.InRange(1000, 5000));
        Assert.That(told.Distinct().Count(), Is.GreaterThan(10), "they do not come back in the same instant");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task It_can_be_left_out(bool isBroadcast) =>
        Assert.That(await StopAsync(isBroadcast, new EventStreamOptions { StopRetry = null }), Is.EqualTo(OnTheWire.LastChunk));

    [Test]
    public async Task It_is_in_a_compressed_stream_too([Values] bool isBroadcast, [Values("gzip", "br")] string coding)
    {
        await using var server = NewServer(isBroadcast, new EventStreamOptions { Random = Half });
        server.Http.UseCompression();
        var client = server.Connect();
        await client.AskAsync("/", fields: $"Accept-Encoding: {coding}\r\n");
        await Patience.UntilAsync(() => server.Http.Metrics.RunningHandlers == 1, "the handler runs");
        if (isBroadcast) _news.Publish("one");

        var stopping = server.Http.StopAsync();
        var reply = await client.ReadReplyAsync();
        await client.DisposeAsync();
        await stopping.Within();

        Assert.That(reply["Content-Encoding"], Is.EqualTo(isBroadcast && coding == "br" ? null : coding), "a broadcast is put together of gzip only");
        Assert.That(Coded.Decode(reply["Content-Encoding"], reply.Text), Does.EndWith("retry: 3000\n\n"));
    }

    /// <summary>What was published before the stop goes before it.</summary>
    [Test]
    public async Task It_comes_after_what_was_published()
    {
        await using var server = NewServer(isBroadcast: true, new EventStreamOptions { Random = Half });
        var client = await OpenAsync(server);
        for (var i = 0; i < 100; i++) _news.Publish(new string('x', 5000)); // More than the connection takes.

        var stopping = server.Http.StopAsync();
        var rest = await client.ReadToEndAsync();
        await client.DisposeAsync();
        await stopping.Within();

        Assert.That(DataLines().Count(rest), Is.EqualTo(100));
        Assert.That(rest, Does.EndWith(OnTheWire.Chunk("retry: 3000\n\n") + OnTheWire.LastChunk));
    }

    [Test]
    public async Task A_stream_that_the_program_ends_has_none()
    {
        await using var server = NewServer(isBroadcast: true, new EventStreamOptions());
        var client = await OpenAsync(server);

        _news.Complete();
        await client.ReadUntilAsync(OnTheWire.LastChunk);
        client.Finish();

        Assert.That(await client.ReadToEndAsync(), Is.Empty);
    }

    /// <summary>Where only the end of the connection tells the end, it is told in TLS, too (RFC 8446 §6.1); curl complains where it is not.</summary>
    [Test]
    public async Task A_stream_over_TLS_ends_with_close_notify()
    {
        await using var server = new TestServer(https: TestCertificates.Options());
        server.Http.Map("GET /", request => Response.Every(TimeSpan.FromMilliseconds(10), _ => "tick\n"));
        await server.StartAsync();
        using var curl = ForeignClient.Start("curl", null, "--silent", "--show-error", "--http1.0", "--no-alpn", "--no-buffer", "--insecure", $"https://localhost:{server.Http.Port}/");
        await Patience.UntilAsync(() => server.Http.Metrics.RunningHandlers == 1, "the stream is open");

        await server.Http.StopAsync().Within();

        Assert.That(await curl.ReadToEndAsync(), Does.Match("^(tick\n)*$"));
        await curl.AssertSucceedsAsync();
    }

    [Test]
    public void Its_bounds_are_checked()
    {
        Assert.That(() => new EventStreamOptions { StopRetry = TimeSpan.FromSeconds(-1) }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new EventStreamOptions { StopRetrySpread = TimeSpan.FromSeconds(-1) }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new EventStreamOptions { StopRetry = TimeSpan.FromDays(25) }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new EventStreamOptions { StopRetry = TimeSpan.Zero, StopRetrySpread = TimeSpan.Zero }, Throws.Nothing);
    }

    private async Task<string> StopAsync(bool isBroadcast, EventStreamOptions options, string version = "HTTP/1.1")
    {
        await using var server = NewServer(isBroadcast, options);
        var client = await OpenAsync(server, version);
        var stopping = server.Http.StopAsync();
        var rest = await client.ReadToEndAsync();
        await client.DisposeAsync();
        Assert.That((await stopping.Within()).Ended, Is.EqualTo(1));
        return rest;
    }

    private TestServer NewServer(bool isBroadcast, EventStreamOptions options)
    {
        var server = new TestServer(time: _time);
        server.Http.Map("GET /", _ => isBroadcast ? Response.Events(_news.Subscribe(), options) : Response.Events(new Feed<string>(), options: options));
        return server;
    }

    private static async Task<TestClient> OpenAsync(TestServer server, string version = "HTTP/1.1")
    {
        var client = server.Connect();
        await client.SendAsync($"GET / {version}\r\nHost: test\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\n");
        await Patience.UntilAsync(() => server.Http.Metrics.RunningHandlers == 1, "the handler runs");
        return client;
    }

    private static string Content(string rest, string version)
    {
        if (version == "HTTP/1.0") return rest;
        Assert.That(rest, Does.EndWith("\r\n" + OnTheWire.LastChunk));
        return rest[..^(2 + OnTheWire.LastChunk.Length)];
    }

    [GeneratedRegex("retry: (\\d+)\n\n")]
    private static partial Regex Retry();

    [GeneratedRegex("data: x{5000}\n")]
    private static partial Regex DataLines();

    private sealed class Fixed(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
