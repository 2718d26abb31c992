using System.Net.ServerSentEvents;
using NUnit.Framework;

namespace RawStream.Tests.Security;

/// <summary>Text of a client that a handler passes on stays text: it becomes no field, no response and no event.</summary>
public sealed class InjectionTests
{
    [TestCase("a\r\nSet-Cookie: x=y")]
    [TestCase("a\nb")]
    [TestCase("a\rb")]
    [TestCase("a\0b")]
    public async Task A_field_value_with_a_line_break_is_refused_when_it_is_set(string value)
    {
        await using var server = new Victim();
        server.Http.Map("GET /set", (_, response) =>
        {
            Assert.That(() => response.Headers["X-A"] = value, Throws.ArgumentException);
            Assert.That(() => response.Headers[value] = "v", Throws.ArgumentException);
            Assert.That(() => response.Trailers["X-A"] = value, Throws.ArgumentException);
            Assert.That(() => Response.Redirect("/" + value), Throws.ArgumentException);
            return response.WriteAsync("refused");
        });

        Assert.That(await server.AnswerAsync("GET /set HTTP/1.1\r\nHost: h\r\n\r\n"), Does.Contain("refused"));
    }

    [Test]
    public async Task The_reason_of_a_status_is_the_server_s_own()
    {
        await using var server = new Victim();
        server.Http.Map("GET /status", (_, response) =>
        {
            response.Status = 418;
            return response.WriteAsync("x");
        });

        var line = (await server.AnswerAsync("GET /status HTTP/1.1\r\nHost: h\r\n\r\n")).Split("\r\n")[0];

        Assert.That(line, Does.Match("^HTTP/1.1 418 [ -~]*$"), "no text of anybody's goes into it");
    }

    [TestCase("a\nevent: admin\ndata: {}")]
    [TestCase("a\revent: admin\rdata: {}")]
    [TestCase("a\r\n\r\ndata: x")]
    public async Task A_line_break_in_the_type_or_id_of_an_event_is_refused(string text)
    {
        await using var server = new Victim();
        server.Http.Map("GET /events", _ => Response.Events(async writer =>
        {
            await Assert.ThatAsync(async () => await writer.WriteAsync(new SseItem<string>("x", text)), Throws.ArgumentException);
            await Assert.ThatAsync(async () => await writer.WriteAsync(new SseItem<string>("x") { EventId = text }), Throws.ArgumentException);
            await writer.WriteAsync("refused");
        }));

        var answer = await server.AnswerAsync("GET /events HTTP/1.1\r\nHost: h\r\n\r\n");

        Assert.That(answer, Does.Contain("data: refused\n").And.Not.Contain("admin"));
    }

    [TestCase("a\rid: 1\revent: admin")]
    [TestCase("a\nid: 1\nevent: admin")]
    [TestCase("a\r\n\r\nevent: admin\r\ndata: x")]
    public async Task A_line_break_in_the_data_of_an_event_stays_data(string text)
    {
        await using var server = new Victim();
        server.Http.Map("GET /events", _ => Response.Events(async writer => await writer.WriteAsync(text)));

        var answer = await server.AnswerAsync("GET /events HTTP/1.1\r\nHost: h\r\n\r\n");

        Assert.That(answer, Does.Contain("data: event: admin\n").And.Not.Contain("\nevent:").And.Not.Contain("\nid:").And.Not.Contain("\rid:"));
    }
}
