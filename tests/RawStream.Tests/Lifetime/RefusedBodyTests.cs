using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>A body that was refused: where the next request would begin is not known any more.</summary>
[TestFixture]
public sealed class RefusedBodyTests
{
    private const string Smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

    private static readonly object[] Bodies =
    [
        // Too large from its first chunk on; the rest of the chunk looks like an end and a request.
        new[]
        {
            "Transfer-Encoding: chunked\r\n\r\n64\r\n" + new string('a', 40),
            "\r\n0\r\n\r\n" + Smuggled + new string('b', 18) + "\r\n0\r\n\r\n",
        },
        // Too large by its own word.
        new[] { "Content-Length: 35\r\n\r\n", Smuggled },
        // Malformed.
        new[] { "Transfer-Encoding: chunked\r\n\r\nzz\r\n", Smuggled },
        // Malformed, and all of it there at once.
        new[] { "Transfer-Encoding: chunked\r\n\r\n5\r\nhello!!0\r\n\r\n" + Smuggled, "" },
    ];

    [TestCaseSource(nameof(Bodies))]
    public async Task Nothing_after_a_refused_body_is_a_request_even_if_the_handler_answers_itself(string first, string rest)
    {
        var handled = new List<string>();
        await using var site = new Site(async (request, response) =>
        {
            handled.Add(request.Path);
            request.MaxBodySize = 10;
            try
            {
                await request.ReadBytesAsync();
            }
            catch (BadRequestException e)
            {
                response.Status = e.Status;
                await response.WriteAsync("my own answer");
            }
        });
        await using var peer = site.Connect();

        await peer.SendAsync("POST /up HTTP/1.1\r\nHost: x\r\n" + first);
        await peer.SendAsync(rest);
        var received = await peer.ReadToEndAsync();

        Assert.That(handled, Is.EqualTo(new[] { "/up" }));
        Assert.That(received, Does.Contain("Connection: close\r\n").And.Contain("my own answer"));
        Assert.That(received.Split("HTTP/1.1 "), Has.Length.EqualTo(2), received);
    }

    [Test]
    public async Task A_refused_body_is_refused_each_time_it_is_read()
    {
        var refusals = new List<int>();
        await using var site = new Site(async (request, response) =>
        {
            request.MaxBodySize = 20;
            for (var reading = 0; reading < 3; reading++)
            {
                try
                {
                    await request.ReadBytesAsync();
                }
                catch (BadRequestException e)
                {
                    refusals.Add(e.Status);
                }
            }
        });
        await using var peer = site.Connect();

        await peer.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhello");
        await peer.ReadToEndAsync();

        Assert.That(refusals, Is.EqualTo(new[] { 413, 413, 413 }));
    }
}
