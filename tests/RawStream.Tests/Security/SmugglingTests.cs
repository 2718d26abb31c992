using NUnit.Framework;

namespace RawStream.Tests.Security;

/// <summary>What has made servers and proxies disagree on where a request ends, byte for byte. SECURITY.md says of which server each was.</summary>
public sealed class SmugglingTests
{
    private const string Chunked = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

    [TestCase("5;\nxx\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5;a\nb\r\nhello\r\n0\r\n\r\n")]
    [TestCase("2;\nxx\r\n4c\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")]
    [TestCase("5;a=\"\n\"\r\nhello\r\n0\r\n\r\n")]
    public Task A_bare_LF_in_a_chunk_extension_is_refused(string body) => RefusesAsync(Chunked + body);

    [TestCase("5\nhello\r\n0\r\n\r\n")]
    [TestCase("5;a\nhello\r\n0\r\n\r\n")]
    [TestCase("5\r\nhello\n0\r\n\r\n")]
    [TestCase("5\rhello\r\n0\r\n\r\n")]
    [TestCase("5\r\nhello\r\n0\n\n")]
    public Task A_chunk_size_line_ends_with_CRLF_and_nothing_else(string body) => RefusesAsync(Chunked + body);

    [TestCase("5\r\nhelloXX0\r\n\r\n")]
    [TestCase("5\r\nhelloX\r\n0\r\n\r\n")]
    [TestCase("5\r\nhello\r\r0\r\n\r\n")]
    [TestCase("3\r\nhello\r\n0\r\n\r\n")]
    public Task The_two_bytes_after_chunk_data_are_compared(string body) => RefusesAsync(Chunked + body);

    [TestCase("5;a=\"\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5;a=\"x\r\n\";b\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5;a=\"x\\\"\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5;=b\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5 a\r\nhello\r\n0\r\n\r\n")]
    [TestCase("5;a=b c\r\nhello\r\n0\r\n\r\n")]
    public Task A_malformed_chunk_extension_is_refused(string body) => RefusesAsync(Chunked + body);

    [TestCase("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")]
    [TestCase("Content-Length: 50\r\nTransfer-Encoding: chunked\r\n")]
    [TestCase("Content-Length: 0\r\nConnection: Content-Length\r\nTransfer-Encoding: chunked\r\n")]
    public Task Both_framing_fields_are_refused(string fields) => RefusesAsync($"POST /echo HTTP/1.1\r\nHost: h\r\n{fields}\r\n0\r\n\r\n");

    [TestCase("Transfer-Encoding: chunked, identity\r\n")]
    [TestCase("Transfer-Encoding: chunked, xchunked\r\n")]
    [TestCase("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")]
    [TestCase("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")]
    [TestCase("Transfer-Encoding: xchunked\r\n")]
    [TestCase("Transfer-Encoding: \"chunked\"\r\n")]
    [TestCase("Transfer-Encoding: chunked;a=b\r\n")]
    [TestCase("Transfer-Encoding:\r\n")]
    [TestCase("Transfer-Encoding: \vchunked\r\n")]
    public Task A_transfer_coding_that_is_not_chunked_alone_is_refused(string fields) => RefusesAsync($"POST /echo HTTP/1.1\r\nHost: h\r\n{fields}\r\n0\r\n\r\n");

    [TestCase("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")]
    public Task A_transfer_coding_that_is_not_known_is_501(string message) => RefusesAsync(message, 501);

    [Test]
    public Task Transfer_Encoding_in_HTTP_1_0_is_refused() =>
        RefusesAsync("POST /echo HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");

    [TestCase("Content-Length: 5\r\nContent-Length: 6\r\n")]
    [TestCase("Content-Length: 5\r\nContent-Length: 5\r\n")]
    [TestCase("Content-Length: 5, 5\r\n")]
    public Task More_than_one_Content_Length_is_refused(string fields) => RefusesAsync($"POST /echo HTTP/1.1\r\nHost: h\r\n{fields}\r\nhello");

    [TestCase("+5")]
    [TestCase("-5")]
    [TestCase("0x5")]
    [TestCase("5_0")]
    [TestCase("5 5")]
    [TestCase("")]
    [TestCase("5.0")]
    [TestCase("18446744073709551621")]
    [TestCase("\u00b2")]
    public Task A_Content_Length_that_is_not_digits_is_refused(string length) => RefusesAsync($"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\nhello");

    [TestCase("Host: h\r\n Content-Length: 50\r\n")]
    [TestCase(" Content-Length: 50\r\nHost: h\r\n")]
    [TestCase("\tHost: h\r\n")]
    [TestCase("Host: h\r\nTransfer-Encoding:\r\n chunked\r\n")]
    public Task A_line_that_begins_with_a_blank_is_refused(string fields) => RefusesAsync($"POST /echo HTTP/1.1\r\n{fields}\r\n");

    [TestCase("Content-Length : 5\r\n")]
    [TestCase("Transfer-Encoding\t: chunked\r\n")]
    [TestCase("Content\0-Length: 5\r\n")]
    [TestCase("Content-Length\u00a0: 5\r\n")]
    [TestCase("\"Content-Length\": 5\r\n")]
    [TestCase(": 5\r\n")]
    [TestCase("Content-Length\r\n")]
    public Task A_field_name_that_is_no_token_is_refused(string field) => RefusesAsync($"POST /echo HTTP/1.1\r\nHost: h\r\n{field}\r\nhello");

    [TestCase("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\rhello")]
    [TestCase("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\n\r\nhello")]
    [TestCase("POST /echo HTTP/1.1\r\nHost: h\r\n\n")]
    [TestCase("POST /echo HTTP/1.1\r\nHost: h\r\rX: y\r\n\r\n")]
    [TestCase("POST /echo HTTP/1.1\r\nHost: h\r\nX: \rTransfer-Encoding: chunked\r\n\r\n")]
    [TestCase("POST /echo HTTP/1.1\nHost: h\n\n")]
    public Task A_head_ends_with_CRLF_CRLF_and_nothing_else(string head) => RefusesAsync(head);

    [TestCase("\0GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("\u0001\u0002GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase(" GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    public Task Nothing_but_a_few_empty_lines_may_stand_before_a_request_line(string message) => RefusesAsync(message);

    [TestCase("GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET /a\tb HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET /a\u00e9 HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET http://user@h/ HTTP/1.1\r\nHost: h\r\n\r\n")]
    public Task A_request_target_with_what_it_may_not_hold_is_refused(string message) => RefusesAsync(message);

    [TestCase("Host: h\r\nHost: evil\r\n")]
    [TestCase("Host: h\r\nHost: h\r\n")]
    [TestCase("Host: app.example@evil.example\r\n")]
    [TestCase("Host: a/b\r\n")]
    [TestCase("Host: a b\r\n")]
    [TestCase("Host: a, b\r\n")]
    [TestCase("")]
    public Task There_is_one_valid_Host(string fields) => RefusesAsync($"GET / HTTP/1.1\r\n{fields}\r\n");

    [TestCase("Bad Trailer\r\n\r\n")]
    [TestCase("X-T: a\0b\r\n\r\n")]
    [TestCase(" folded\r\n\r\n")]
    [TestCase("X-T : a\r\n\r\n")]
    [TestCase("no-colon\r\n\r\n")]
    public Task A_malformed_trailer_is_refused(string trailers) => RefusesAsync($"{Chunked}5\r\nhello\r\n0\r\n{trailers}");

    [TestCase("/echo", 431)]
    [TestCase("/unread", 200)] // Its answer is on its way before its trailers are looked at.
    public async Task Trailers_that_are_too_large_end_the_connection(string path, int status)
    {
        await using var server = new Victim(new HttpLimits { HeaderBytes = 100 });

        var answer = await server.AnswerAsync(
            $"POST {path} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: {new string('x', 200)}\r\n\r\n{Victim.Smuggled}");

        Assert.That(answer, Does.StartWith($"HTTP/1.1 {status} "));
        Assert.That(server.Seen, Is.EqualTo(new[] { $"POST {path}" }));
    }

    [Test]
    public async Task Trailers_are_no_header_fields_and_no_request()
    {
        await using var server = new Victim();

        var answer = await server.AnswerAsync($"{Chunked}5\r\nhello\r\n0\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\nHost: evil\r\n\r\n{Victim.Smuggled}");

        Assert.That(server.Seen, Is.EqualTo(new[] { "POST /echo", "GET /smuggled" }), "what stands behind them is the next request");
        Assert.That(answer, Does.Contain("hello"));
    }

    [Test]
    public async Task Responses_come_in_the_order_of_their_requests()
    {
        await using var server = new Victim();
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Http.Map("GET /slow", async _ =>
        {
            await first.Task;
            return Response.Text("slow");
        });
        var client = server.Connect();

        await client.SendAsync("GET /slow HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: quick\r\nConnection: close\r\n\r\n");
        Assert.That(server.Seen, Is.EqualTo(new[] { "GET /slow" }), "the second one waits");
        first.SetResult();

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("slow"));
        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("quick"));
    }

    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nBad Name: x\r\n\r\n")]
    [TestCase("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n")]
    public async Task Nothing_behind_a_refused_request_is_processed(string message)
    {
        await using var server = new Victim();

        await server.AnswerAsync(message + Victim.Smuggled + Victim.Smuggled);

        Assert.That(server.Seen, Has.None.Contains("smuggled"));
    }

    [TestCase("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")]
    [TestCase("Connection: keep-alive, Content-Length, Host\r\nContent-Length: 5\r\n", "hello")]
    public async Task Connection_does_not_take_framing_away(string fields, string body)
    {
        await using var server = new Victim();

        var answer = await server.AnswerAsync($"POST /echo HTTP/1.1\r\nHost: h\r\n{fields}\r\n{body}");

        Assert.That(answer, Does.EndWith("\r\n\r\nhello"));
        Assert.That(server.Seen, Is.EqualTo(new[] { "POST /echo" }));
    }

    [Test]
    public async Task A_final_answer_to_an_expectation_ends_the_connection_when_the_body_was_not_asked_for()
    {
        await using var server = new Victim();

        var answer = await server.AnswerAsync($"POST /unread HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: {Victim.Smuggled.Length}\r\n\r\n{Victim.Smuggled}");

        Assert.That(answer, Does.StartWith("HTTP/1.1 200 ").And.Contain("Connection: close\r\n"));
        Assert.That(server.Seen, Is.EqualTo(new[] { "POST /unread" }));
    }

    [TestCase("Expect: 100-continue, y\r\n")]
    [TestCase("Expect: y 100-continue\r\n")]
    public Task Another_expectation_is_refused(string field) => RefusesAsync($"POST /echo HTTP/1.1\r\nHost: h\r\n{field}Content-Length: 5\r\n\r\nhello", 417);

    [TestCase("X-Forwarded_For: evil\r\nContent_Length: 5\r\nTransfer_Encoding: chunked\r\n")]
    public async Task An_underscore_is_no_hyphen(string fields)
    {
        await using var server = new Victim();
        server.Http.Map("GET /fields", request => $"{request.Headers["X-Forwarded-For"]}|{request.Headers["Content-Length"]}");

        var answer = await server.AnswerAsync($"GET /fields HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: proxy\r\n{fields}\r\n");

        Assert.That(answer, Does.EndWith("proxy|"));
    }

    [Test]
    public Task HTTP_2_is_not_spoken() => RefusesAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);

    private static async Task RefusesAsync(string message, int status = 400)
    {
        await using var server = new Victim();
        await server.RefusesAsync(message, status);
    }
}
