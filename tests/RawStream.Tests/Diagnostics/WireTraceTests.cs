using NUnit.Framework;
using RawStream.Diagnostics;
using RawStream.Tests.Support;

namespace RawStream.Tests.Diagnostics;

/// <summary>The bytes of a connection, made visible.</summary>
public sealed class WireTraceTests
{
    private readonly List<string> _lines = [];

    [SetUp]
    public void Clear() => _lines.Clear();

    [Test]
    public void Each_line_of_the_wire_is_a_line_with_its_direction()
    {
        var trace = new WireTrace(7, _lines.Add);

        trace.Received("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8);
        trace.Sent("5\r\nhello\r\n"u8);

        Assert.That(_lines, Is.EqualTo(new[]
        {
            "#7 < GET / HTTP/1.1␍␊",
            "#7 < Host: x␍␊",
            "#7 < ␍␊",
            "#7 > 5␍␊",
            "#7 > hello␍␊",
        }));
    }

    [Test]
    public void Every_byte_is_one_visible_character()
    {
        var trace = new WireTrace(1, _lines.Add);

        trace.Sent([0x00, 0x1B, 0x09, 0x20, 0x7E, 0x7F, 0x80, 0xFF]);

        Assert.That(_lines.Single(), Is.EqualTo("#1 > ␀␛␉ ~␡··"));
    }

    [Test]
    public void A_long_line_is_cut_and_says_by_how_much()
    {
        var trace = new WireTrace(1, _lines.Add);

        trace.Sent([.. Enumerable.Repeat((byte)'a', 200)]);
        trace.Sent([.. Enumerable.Repeat((byte)'b', 1000)]);

        Assert.That(_lines, Is.EqualTo(new[] { "#1 > " + new string('a', 200), "#1 > " + new string('b', 200) + "… 800 more bytes" }));
    }

    [Test]
    public void Nothing_is_no_line()
    {
        new WireTrace(1, _lines.Add).Sent([]);

        Assert.That(_lines, Is.Empty);
    }

    [Test]
    public async Task A_server_s_trace_shows_request_and_response_of_each_connection()
    {
        await using var server = new TestServer(time: new ManualTime(), trace: Add);
        server.Http.Map("GET /", (request, response) => response.WriteAsync("hello\n"));

        await server.GetAsync("/");
        await server.GetAsync("/");

        string[] exchange =
        [
            "< GET / HTTP/1.1␍␊", "< Host: test␍␊", "< ␍␊",
            "> HTTP/1.1 200 OK␍␊", "> Date: Fri, 20 Nov 2026 12:00:00 GMT␍␊", "> Transfer-Encoding: chunked␍␊", "> ␍␊",
            "> 6␍␊", "> hello␊", "> ␍␊", "> 0␍␊", "> ␍␊",
        ];
        Assert.That(_lines, Is.EqualTo(exchange.Select(line => "#1 " + line).Concat(exchange.Select(line => "#2 " + line))));
    }

    /// <summary>What had to wait for the client's window is shown as well.</summary>
    [Test]
    public async Task No_byte_is_missing_when_the_client_is_slow()
    {
        await using var server = new TestServer(trace: Add);
        server.Http.Map("GET /", _ => string.Concat(Enumerable.Repeat("123456789\n", 30_000)));
        var client = server.Connect();

        await client.AskAsync("/", fields: "Connection: close\r\n");
        var all = await client.ReadToEndAsync();

        Assert.That(all, Has.Length.GreaterThan(300_000));
        lock (_lines) Assert.That(_lines.Where(IsSent).Sum(line => line.Length - "#1 > ".Length), Is.EqualTo(all.Length));
    }

    private static bool IsSent(string line) => line.StartsWith("#1 > ", StringComparison.Ordinal);

    private void Add(string line)
    {
        lock (_lines) _lines.Add(line);
    }
}
