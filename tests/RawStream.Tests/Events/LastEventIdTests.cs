using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Events;

/// <summary>Where a client left off, as it tells when it comes again (WHATWG HTML §9.2.3).</summary>
public sealed class LastEventIdTests
{
    [TestCase("/", "", "none")]
    [TestCase("/", "Last-Event-ID: 42\r\n", "42")]
    [TestCase("/", "last-event-id: 42\r\n", "42")]
    [TestCase("/", "Last-Event-ID:   a b, c  \r\n", "a b, c")]
    [TestCase("/", "Last-Event-ID: \u00E2\u0082\u00AC\r\n", "\u00E2\u0082\u00AC")] // The three bytes of a euro sign, both ways.
    [TestCase("/?lastEventId=42", "", "42")]
    [TestCase("/?a=1&lastEventId=a%20b%2Bc&b=2", "", "a b+c")]
    [TestCase("/?lastEventId=%E2%82%AC", "", "\u00E2\u0082\u00AC")]
    [TestCase("/?LASTEVENTID=42", "", "none")]
    [TestCase("/?lastEventId=1", "Last-Event-ID: 2\r\n", "2")]
    public async Task It_is_the_field_or_else_the_parameter(string target, string fields, string id)
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", request => Response.Text(request.LastEventId ?? "none"));

        Assert.That((await server.GetAsync(target, fields)).Text, Is.EqualTo(id));
    }

    [Test]
    public async Task It_belongs_to_one_request()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", request => Response.Text(request.LastEventId ?? "none"));
        var client = server.Connect();

        Assert.That((await client.GetAsync("/", "Last-Event-ID: 42\r\n")).Text, Is.EqualTo("42"));
        Assert.That((await client.GetAsync("/")).Text, Is.EqualTo("none"));
    }

    [Test]
    public async Task A_stream_goes_on_behind_it()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", request =>
        {
            var seen = int.Parse(request.LastEventId ?? "0", null);
            return Response.Events(AsyncEnumerable.Range(seen + 1, 3).Select(i => new System.Net.ServerSentEvents.SseItem<string>($"{i}") { EventId = $"{i}" }));
        });

        Assert.That((await server.GetAsync("/", "Last-Event-ID: 7\r\n")).Text, Is.EqualTo("id: 8\ndata: 8\n\nid: 9\ndata: 9\n\nid: 10\ndata: 10\n\n"));
    }
}
