using System.Buffers;
using System.Globalization;
using NUnit.Framework;

namespace RawStream.Tests.Lifetime;

/// <summary>A response that cannot be as its handler says: before the head it becomes a 500, after it the client can tell.</summary>
[TestFixture]
public sealed class BrokenResponseTests
{
    [TestCase(200, "abc", "", false)]
    [TestCase(200, "-1", "", false)]
    [TestCase(200, "2", "hello", false)]
    [TestCase(200, "9", "hello", false)]
    [TestCase(200, "2", "hello", true)]
    [TestCase(204, null, "hello", false)]
    [TestCase(204, null, "hello", true)]
    public async Task A_response_that_cannot_be_becomes_a_500(int status, string? length, string body, bool flushes)
    {
        await using var site = new Site(async (request, response) =>
        {
            response.Status = status;
            if (length is not null) response.Headers["Content-Length"] = length;
            foreach (var letter in body) response.Body.Write([(byte)letter]);
            if (flushes) await response.FlushAsync();
        });
        await using var peer = site.Connect();

        await peer.GetAsync("/");
        var received = await peer.ReadUntilAsync("Internal Server Error\n");

        Assert.That(received, Does.StartWith("HTTP/1.1 500 "));
        var content = received[(received.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        Assert.That(content, Is.EqualTo("Internal Server Error\n"));
        Assert.That(received, Does.Contain(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {content.Length}\r\n")));
    }

    [Test]
    public async Task A_broken_stream_of_HTTP_1_0_ends_with_a_RST([Values] Way way)
    {
        await using var site = new Site(async (request, response) =>
        {
            await response.WriteAsync("half");
            throw new InvalidDataException("This handler fails on purpose.");
        });
        await using var peer = await site.ConnectAsync(way);

        await peer.SendAsync("GET / HTTP/1.0\r\n\r\n");
        await peer.ReadToEndAsync();

        Assert.That(peer.WasReset, "The end looks like that of a whole response.");
    }
}
