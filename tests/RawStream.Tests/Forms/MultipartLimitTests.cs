using NUnit.Framework;
using RawStream.Forms;
using RawStream.Tests.Support;

namespace RawStream.Tests.Forms;

/// <summary>Each bound of a multipart form, reached and crossed.</summary>
public sealed class MultipartLimitTests
{
    private const string Type = "Content-Type: multipart/form-data; boundary=x\r\n";

    [TestCase(3, 200)]
    [TestCase(4, 413)]
    public async Task Parts(int parts, int status)
    {
        await using var server = NewServer(new MultipartOptions { Parts = 3 });

        Assert.That((await PostAsync(server, string.Concat(Enumerable.Repeat(Part(), parts)))).Status, Is.EqualTo(status));
    }

    [TestCase(1000, 200)]
    [TestCase(1001, 413)]
    public async Task Parts_by_default(int parts, int status)
    {
        await using var server = NewServer();

        Assert.That((await PostAsync(server, string.Concat(Enumerable.Repeat(Part(), parts)))).Status, Is.EqualTo(status));
    }

    [TestCase(100, 200)]
    [TestCase(1000, 400)]
    [TestCase(100_000, 400, Description = "More than the buffer holds.")]
    [TestCase(5_000_000, 400)]
    public async Task HeaderBytes_of_one_line(int bytes, int status)
    {
        await using var server = NewServer(new MultipartOptions { HeaderBytes = 200 });

        Assert.That((await PostAsync(server, Part($"X: {new string('x', bytes)}\r\n"))).Status, Is.EqualTo(status));
    }

    [TestCase(2, 200)]
    [TestCase(20, 400)]
    public async Task HeaderBytes_of_all_lines(int lines, int status)
    {
        await using var server = NewServer(new MultipartOptions { HeaderBytes = 200, HeaderFields = 100 });

        Assert.That((await PostAsync(server, Part(string.Concat(Enumerable.Range(0, lines).Select(i => $"X-{i}: xxxxxxxxxxxx\r\n"))))).Status, Is.EqualTo(status));
    }

    [TestCase(2, 200)]
    [TestCase(3, 400)]
    public async Task HeaderFields(int lines, int status)
    {
        await using var server = NewServer(new MultipartOptions { HeaderFields = 3 }); // One of them is Content-Disposition.

        Assert.That((await PostAsync(server, Part(string.Concat(Enumerable.Range(0, lines).Select(i => $"X-{i}: x\r\n"))))).Status, Is.EqualTo(status));
    }

    [TestCase(10, true, 200)]
    [TestCase(11, true, 413)]
    [TestCase(1_000_000, true, 413)]
    [TestCase(10, false, 200)]
    [TestCase(1_000_000, false, 413, Description = "Also of a part that nobody reads.")]
    public async Task PartBytes(int bytes, bool reads, int status)
    {
        await using var server = NewServer(new MultipartOptions { PartBytes = 10 }, reads);

        Assert.That((await PostAsync(server, Part(text: new string('1', bytes)) + Part())).Status, Is.EqualTo(status));
    }

    [TestCase(65536, 200)]
    [TestCase(65537, 413)]
    public async Task A_text_by_default(int bytes, int status)
    {
        await using var server = NewServer();

        Assert.That((await PostAsync(server, Part(text: new string('1', bytes)))).Status, Is.EqualTo(status));
    }

    [TestCase(1000, 200)]
    [TestCase(1001, 413)]
    public async Task All_parts_together(int bytes, int status)
    {
        await using var server = NewServer();
        var frame = Part(text: "").Length + "--x--\r\n".Length;

        Assert.That((await PostAsync(server, Part(text: new string('1', bytes - frame)), "/thousand")).Status, Is.EqualTo(status));
    }

    [TestCase(16_000, 200)]
    [TestCase(40_000, 400)]
    [TestCase(1_000_000, 400)]
    public async Task What_stands_before_the_first_boundary_or_behind_the_last_one(int bytes, int status)
    {
        await using var server = NewServer();
        var text = new string('1', bytes);

        Assert.That((await server.PostAsync("/", $"{text}\r\n{Part()}--x--\r\n", Type)).Status, Is.EqualTo(status));
        Assert.That((await server.PostAsync("/", $"{Part()}--x--\r\n{text}", Type)).Status, Is.EqualTo(status));
    }

    [Test]
    public void A_bound_out_of_its_range_is_refused()
    {
        Assert.That(() => new MultipartOptions { Parts = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MultipartOptions { HeaderBytes = 63 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MultipartOptions { HeaderFields = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MultipartOptions { PartBytes = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(new MultipartOptions { Parts = 1, HeaderBytes = 64, HeaderFields = 1, PartBytes = 0 }.Parts, Is.EqualTo(1));
    }

    private static string Part(string lines = "", string text = "1") => $"--x\r\nContent-Disposition: form-data; name=a\r\n{lines}\r\n{text}\r\n";

    private static Task<Reply> PostAsync(TestServer server, string parts, string target = "/") => server.PostAsync(target, parts + "--x--\r\n", Type);

    private static TestServer NewServer(MultipartOptions? options = null, bool reads = true)
    {
        var server = new TestServer();
        server.Http.Map("POST /{*path}", async request =>
        {
            if (request.Path == "/thousand") request.MaxBodySize = 1000;
            await foreach (var part in request.ReadPartsAsync(options))
                if (reads)
                    await part.ReadTextAsync();
            return "";
        });
        return server;
    }
}
