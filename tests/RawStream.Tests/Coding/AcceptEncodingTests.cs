using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Coding;

/// <summary>What a client takes, and what it gets (RFC 9110 §12.5.3).</summary>
public sealed class AcceptEncodingTests
{
    private TestServer _server = null!;

    [SetUp]
    public void CreateServer()
    {
        _server = new TestServer();
        _server.Http.UseCompression().Map("GET /", _ => Coded.Words);
    }

    [TearDown]
    public async Task CloseServer() => await _server.DisposeAsync();

    [TestCase("gzip", "gzip")]
    [TestCase("x-gzip", "gzip")]
    [TestCase("GZip", "gzip")]
    [TestCase("br", "br")]
    [TestCase("gzip, br", "br")]
    [TestCase("gzip, deflate, br, zstd", "br")]
    [TestCase("gzip;q=0.5, br;q=0.4", "gzip")]
    [TestCase("gzip;q=0.999, br;q=0.998", "gzip")]
    [TestCase("gzip ; q=0.5 , br\t;\tq=0.4", "gzip")]
    [TestCase("gzip;Q=0.5,br;q=0.4", "gzip")]
    [TestCase("br;q=0, gzip", "gzip")]
    [TestCase("br;q=0.000, gzip;q=0.001", "gzip")]
    [TestCase("br;q=1.000, gzip;q=1.", "br")]
    [TestCase("*", "br")]
    [TestCase("br;q=0, *", "gzip")]
    [TestCase("gzip, *;q=0.5", "gzip")]
    [TestCase("gzip, *;q=0", "gzip")]
    [TestCase("gzip, identity;q=0.5", "gzip")]
    [TestCase("gzip;q=0.5, identity", null)]
    [TestCase("gzip;q=0.5, identity;q=0.5", "gzip")]
    [TestCase("identity", null)]
    [TestCase("", null)]
    [TestCase(",, ,", null)]
    [TestCase("gzip;q=0", null)]
    [TestCase("*;q=0", null)]
    [TestCase("deflate, zstd", null)]
    [TestCase("gzip;q=2", null)]
    [TestCase("gzip;q=1.001", null)]
    [TestCase("gzip;q=0.0001", null)]
    [TestCase("gzip;q=.5", null)]
    [TestCase("gzip;q=", null)]
    [TestCase("gzip;q=0x", null)]
    [TestCase("gzip;q=0.-1", null)]
    [TestCase("gzip;level=1", null)]
    [TestCase("gzip x", null)]
    [TestCase("gzip;q=0, gzip", null)]
    [TestCase("gzip, gzip;q=0", "gzip")]
    public async Task It_gets_what_it_likes_best(string accepted, string? coding)
    {
        var reply = await _server.GetAsync("/", $"Accept-Encoding: {accepted}\r\n");

        Assert.That(reply["Content-Encoding"], Is.EqualTo(coding));
        Assert.That(Coded.Decode(coding, reply.Text), Is.EqualTo(Coded.Words));
        Assert.That(reply["Vary"], Is.EqualTo("Accept-Encoding"));
    }

    [Test]
    public async Task Several_lines_are_one_list()
    {
        Assert.That((await _server.GetAsync("/", "Accept-Encoding: br;q=0.1\r\nAccept-Encoding: gzip\r\n"))["Content-Encoding"], Is.EqualTo("gzip"));
    }

    [Test]
    public async Task Who_says_nothing_gets_it_as_it_is()
    {
        var reply = await _server.GetAsync("/");

        Assert.That(reply.Text, Is.EqualTo(Coded.Words));
        Assert.That(reply["Vary"], Is.EqualTo("Accept-Encoding"));
    }

    [TestCase("identity;q=0")]
    [TestCase("identity;q=0, *;q=0")]
    [TestCase("zstd, identity;q=0, gzip;q=0, br;q=0")]
    public async Task Who_takes_nothing_that_there_is_gets_it_as_it_is_all_the_same(string accepted)
    {
        var reply = await _server.GetAsync("/", $"Accept-Encoding: {accepted}\r\n");

        Assert.That(reply.Status, Is.EqualTo(200));
        Assert.That(reply.Text, Is.EqualTo(Coded.Words));
    }
}
