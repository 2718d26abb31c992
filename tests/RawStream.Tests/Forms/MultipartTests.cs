using NUnit.Framework;
using RawStream.Forms;
using RawStream.Tests.Support;

namespace RawStream.Tests.Forms;

/// <summary>multipart/form-data, byte by byte (RFC 7578, RFC 2046 §5.1). In the tables ⏎ is CR LF.</summary>
public sealed class MultipartTests
{
    private const string BoundaryX = "Content-Type: multipart/form-data; boundary=x\r\n";
    private const string Disposition = "--x⏎Content-Disposition: form-data; ";

    [TestCase("--x⏎Content-Disposition: form-data; name=\"a\"⏎⏎1⏎--x--⏎", "a=1")]
    [TestCase("--x⏎Content-Disposition: form-data; name=\"a\"⏎⏎1⏎--x--", "a=1", Description = "Without the last line end.")]
    [TestCase("--x⏎Content-Disposition: form-data; name=\"a\"⏎⏎⏎--x--⏎", "a=")]
    [TestCase("--x⏎Content-Disposition: form-data; name=\"a\"⏎⏎1⏎--x⏎Content-Disposition: form-data; name=\"a\"⏎⏎2⏎--x--⏎", "a=1|a=2")]
    [TestCase("--x⏎Content-Disposition: form-data; name=a⏎⏎⏎1⏎⏎--x--⏎", "a=\r\n1\r\n", Description = "Line ends belong to the content but for the one before the boundary.")]
    [TestCase("--x⏎Content-Disposition: form-data; name=\"a\"⏎⏎--y⏎--⏎x--⏎--x--⏎", "a=--y\r\n--\r\nx--", Description = "Nearly boundaries.")]
    [TestCase("--x⏎content-disposition:form-data;name=\"a\"⏎⏎1⏎--x--⏎", "a=1")]
    [TestCase("--x⏎X-Other: y⏎Content-Disposition: form-data; name=\"a\"⏎⏎1⏎--x--⏎", "a=1")]
    [TestCase("preamble⏎--x⏎Content-Disposition: form-data; name=\"a\"⏎⏎1⏎--x--⏎epilogue", "a=1")]
    [TestCase("--x⏎Content-Disposition: form-data; name=\"\"⏎⏎1⏎--x--⏎", "=1")]
    [TestCase("--x⏎Content-Disposition: form-data; name=\"a\"; filename=\"f.txt\"⏎Content-Type: text/csv⏎⏎1⏎--x--⏎", "a=f.txt(text/csv)1")]
    [TestCase("--x⏎Content-Disposition: form-data; name=\"a\"; filename=\"f.txt\"⏎⏎1⏎--x--⏎", "a=f.txt(text/plain)1")]
    [TestCase("--x⏎Content-Disposition: form-data; name=\"a\"; filename=\"\"⏎Content-Type: application/octet-stream⏎⏎⏎--x--⏎", "a=", Description = "No file was chosen.")]
    [TestCase("--x--⏎", "")]
    public async Task It_is_read_part_by_part(string body, string expected)
    {
        await using var server = NewServer();

        var reply = await PostAsync(server, body);

        Assert.That((reply.Status, Utf8(reply.Text)), Is.EqualTo((200, expected)));
        server.Log.AssertQuiet();
    }

    [Test]
    public async Task It_is_the_same_however_it_arrives([Values(1, 2, 3, 7, 100)] int piece)
    {
        const string body =
            "--x-y⏎Content-Disposition: form-data; name=\"a\"⏎⏎1⏎--y⏎⏎--x-y⏎Content-Disposition: form-data; name=\"b\"; filename=\"f\"⏎⏎⏎--⏎--x-⏎--x-y--⏎";
        await using var server = NewServer();
        var client = server.Connect();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; boundary=x-y\r\nTransfer-Encoding: chunked\r\n\r\n");
        foreach (var part in Bytes(body).Chunk(piece)) await SendChunkAsync(client, part);
        await client.SendAsync("0\r\n\r\n");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("a=1\r\n--y\r\n|b=f(text/plain)\r\n--\r\n--x-"));
    }

    [TestCase("multipart/form-data; boundary=x", 200)]
    [TestCase("Multipart/Form-Data;Boundary=\"x\"", 200)]
    [TestCase("multipart/form-data; charset=utf-8; boundary=x", 200)]
    [TestCase("multipart/form-data", 400)]
    [TestCase("multipart/form-data; boundary=", 400)]
    [TestCase("multipart/form-data; boundary=\"\"", 400)]
    [TestCase("multipart/form-data; boundary=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 400, Description = "71 of them.")]
    [TestCase("multipart/form-data; boundary=y", 400)]
    [TestCase("multipart/mixed; boundary=x", 415)]
    [TestCase("application/x-www-form-urlencoded", 415)]
    [TestCase("nonsense", 415)]
    [TestCase("", 415)]
    [TestCase(null, 415)]
    public async Task Its_type_names_the_boundary(string? type, int status)
    {
        await using var server = NewServer();

        var reply = await PostAsync(server, $"{Disposition}name=a⏎⏎1⏎--x--⏎", type is null ? "" : $"Content-Type: {type}\r\n");

        Assert.That(reply.Status, Is.EqualTo(status));
        server.Log.AssertQuiet();
    }

    [TestCase("", Description = "Nothing.")]
    [TestCase("1", Description = "No boundary.")]
    [TestCase("--x⏎", Description = "It ends before a header.")]
    [TestCase("--x⏎Content-Disposition: form-data; na", Description = "It ends in a header.")]
    [TestCase("--x⏎Content-Disposition: form-data; name=\"a\"⏎⏎", Description = "It ends before a content.")]
    [TestCase("--x⏎Content-Disposition: form-data; name=\"a\"⏎⏎1", Description = "It ends in a content.")]
    [TestCase("--x⏎Content-Disposition: form-data; name=\"a\"⏎⏎1⏎--", Description = "It ends in a boundary.")]
    [TestCase("--x⏎Content-Disposition: form-data; name=\"a\"⏎⏎1⏎--x⏎", Description = "It ends without the last boundary.")]
    [TestCase("--x\nContent-Disposition: form-data; name=\"a\"\n\n1\n--x--\n", Description = "Lines end with LF alone.")]
    [TestCase("--x⏎Content-Disposition⏎⏎1⏎--x--⏎", Description = "A header line without a colon.")]
    [TestCase("--x⏎: form-data; name=\"a\"⏎⏎1⏎--x--⏎", Description = "A header line without a name.")]
    [TestCase("--x⏎Content-Type: text/plain⏎⏎1⏎--x--⏎", Description = "A part without a disposition.")]
    [TestCase("--x⏎⏎1⏎--x--⏎", Description = "A part without a header.")]
    [TestCase("--x⏎Content-Disposition: form-data⏎⏎1⏎--x--⏎", Description = "A part without a name.")]
    [TestCase("--x⏎Content-Disposition: attachment; name=\"a\"⏎⏎1⏎--x--⏎", Description = "A part that is no field.")]
    [TestCase("--x⏎Content-Disposition: form-data; name=\"a⏎⏎1⏎--x--⏎", Description = "A name that is left open.")]
    public async Task What_is_malformed_or_cut_off_is_refused(string body)
    {
        await using var server = NewServer();

        var reply = await PostAsync(server, body);

        Assert.That(reply.Status, Is.EqualTo(400), reply.Text);
        Assert.That(reply.Text, Does.Not.Contain("Exception").And.Not.Contain("   at "));
        server.Log.AssertQuiet();
    }

    [TestCase("photo.jpg", "photo.jpg")]
    [TestCase("my photo (1).jpg", "my photo (1).jpg")]
    [TestCase("photo", "photo")]
    [TestCase(".htaccess", ".htaccess")]
    [TestCase("/etc/passwd", "passwd")]
    [TestCase("../../etc/passwd", "passwd")]
    [TestCase("..\\\\..\\\\windows\\\\win.ini", "win.ini")]
    [TestCase("C:\\\\fakepath\\\\photo.jpg", "photo.jpg")]
    [TestCase("C:photo.jpg", "C_photo.jpg")]
    [TestCase("photo.jpg::$DATA", "photo.jpg__$DATA")]
    [TestCase("photo.php\0.jpg", "photo.php_.jpg")]
    [TestCase("a<b>c|d?e*f.txt", "a_b_c_d_e_f.txt")]
    [TestCase("photo.jpg. . ", "photo.jpg")]
    [TestCase("%2e%2e%2fpasswd", "%2e%2e%2fpasswd", Description = "Nothing is decoded.")]
    [TestCase("r\u00C3\u00A9sum\u00C3\u00A9.pdf", "r\u00E9sum\u00E9.pdf")]
    [TestCase("=?utf-8?B?csOpc3Vtw6kucGRm?=", "r\u00E9sum\u00E9.pdf", Description = "As HttpClient sends it.")]
    [TestCase("=?utf-8?B?Li4vLi4vcGFzc3dk?=", "passwd", Description = "../../passwd, encoded.")]
    [TestCase("folder/", null)]
    [TestCase("..", null)]
    [TestCase(".", null)]
    [TestCase("../..", null)]
    [TestCase("   ", null)]
    [TestCase("", null)]
    public async Task A_file_has_a_name_and_never_a_path(string sent, string? name)
    {
        var names = new List<string?>();
        await using var server = new TestServer();
        server.Http.Map("POST /", async request =>
        {
            await foreach (var part in request.ReadPartsAsync()) names.Add(part.FileName);
            return "";
        });

        await PostAsync(server, $"{Disposition}name=a; filename=\"{sent}\"⏎⏎1⏎--x--⏎");

        Assert.That(names, Is.EqualTo(new[] { name }));
    }

    [TestCase("filename*=utf-8''r%C3%A9sum%C3%A9.pdf", "r\u00E9sum\u00E9.pdf")]
    [TestCase("filename=plain.pdf; filename*=utf-8''r%C3%A9sum%C3%A9.pdf", "r\u00E9sum\u00E9.pdf")]
    [TestCase("filename*=utf-8''..%2F..%2Fpasswd", "passwd")]
    [TestCase("filename*=utf-8''..%5C..%5Cpasswd", "passwd")]
    [TestCase("filename*=utf-8''a%0D%0Ab", "a__b")]
    public async Task So_has_one_in_another_encoding(string parameter, string name)
    {
        await using var server = NewServer();

        var reply = await PostAsync(server, $"{Disposition}name=a; {parameter}⏎⏎1⏎--x--⏎");

        Assert.That(Utf8(reply.Text), Is.EqualTo($"a={name}(text/plain)1"));
    }

    [TestCase("filename*")]
    [TestCase("filename=plain.pdf; FileName*")]
    public async Task One_in_another_encoding_has_a_value(string parameter)
    {
        await using var server = NewServer();

        Assert.That((await PostAsync(server, $"{Disposition}name=a; {parameter}⏎⏎1⏎--x--⏎")).Status, Is.EqualTo(400));
    }

    [TestCase(255, 200)]
    [TestCase(256, 400)]
    public async Task It_is_no_longer_than_a_file_system_takes(int length, int status)
    {
        await using var server = NewServer();

        var accented = string.Concat(Enumerable.Repeat("\u00C3\u00A9", length / 2)) + new string('n', length % 2);

        Assert.That((await PostAsync(server, $"{Disposition}name=a; filename=\"{new string('n', length)}\"⏎⏎1⏎--x--⏎")).Status, Is.EqualTo(status));
        Assert.That((await PostAsync(server, $"{Disposition}name=a; filename=\"{accented}\"⏎⏎1⏎--x--⏎")).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task A_part_that_nobody_reads_is_passed_over()
    {
        var names = new List<string>();
        FormPart? first = null;
        await using var server = new TestServer();
        server.Http.Map("POST /", async request =>
        {
            await foreach (var part in request.ReadPartsAsync())
            {
                names.Add(part.Name);
                first ??= part;
            }
            return Response.Text(await first!.ReadTextAsync());
        });
        var client = server.Connect();

        var reply = await PostAsync(client, $"{Disposition}name=a⏎⏎{new string('1', 100_000)}⏎{Disposition}name=b⏎⏎2⏎--x--⏎");

        Assert.That(names, Is.EqualTo(new[] { "a", "b" }));
        Assert.That(reply.Status, Is.EqualTo(500), "it is too late to read it, and it must not look empty");
        Assert.That(server.Log.Lines.Select(line => line.Exception), Has.Some.InstanceOf<InvalidOperationException>());
    }

    [Test]
    public async Task The_connection_goes_on_after_a_whole_form()
    {
        await using var server = NewServer();
        var client = server.Connect();

        for (var i = 0; i < 3; i++) Assert.That((await PostAsync(client, $"{Disposition}name=a⏎⏎{i}⏎--x--⏎")).Text, Is.EqualTo($"a={i}"));
    }

    [Test]
    public async Task A_part_is_read_while_the_next_one_has_not_been_sent()
    {
        var read = new List<string>();
        var first = new Signal();
        await using var server = new TestServer();
        server.Http.Map("POST /", async request =>
        {
            await foreach (var part in request.ReadPartsAsync())
            {
                read.Add(await part.ReadTextAsync());
                first.Set();
            }
            return string.Join('|', read);
        });
        var client = server.Connect();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n");
        await SendChunkAsync(client, Bytes($"{Disposition}name=a⏎⏎1⏎--x⏎"));
        await first.WaitAsync();
        Assert.That(read, Is.EqualTo(new[] { "1" }));
        await SendChunkAsync(client, Bytes("Content-Disposition: form-data; name=b⏎⏎2⏎--x--⏎"));
        await client.SendAsync("0\r\n\r\n");

        Assert.That((await client.ReadReplyAsync()).Text, Is.EqualTo("1|2"));
    }

    [Test]
    public async Task A_client_that_hangs_up_has_sent_no_whole_part()
    {
        var thrown = new List<Exception>();
        await using var server = new TestServer();
        server.Http.Map("POST /", async request =>
        {
            await foreach (var part in request.ReadPartsAsync())
            {
                try
                {
                    await part.ReadTextAsync();
                }
                catch (Exception e)
                {
                    thrown.Add(e);
                    throw;
                }
            }
            return "";
        });
        var client = await server.ConnectTcpAsync();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n");
        await client.SendAsync(Bytes($"{Disposition}name=a⏎⏎1"));
        client.Finish();
        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Status, Is.EqualTo(400));
        Assert.That(thrown, Has.Count.EqualTo(1).And.All.InstanceOf<BadRequestException>());
        server.Log.AssertQuiet();
    }

    private static Task SendChunkAsync(TestClient client, byte[] bytes) => client.SendAsync($"{bytes.Length:x}\r\n{System.Text.Encoding.Latin1.GetString(bytes)}\r\n");

    private static Task<Reply> PostAsync(TestServer server, string body, string type = BoundaryX) => PostAsync(server.Connect(), body, type);

    private static Task<Reply> PostAsync(TestClient client, string body, string type = BoundaryX) =>
        client.PostAsync("/", body.Replace("⏎", "\r\n", StringComparison.Ordinal), type);

    private static byte[] Bytes(string text) => System.Text.Encoding.Latin1.GetBytes(text.Replace("⏎", "\r\n", StringComparison.Ordinal));

    private static string Utf8(string latin1) => System.Text.Encoding.UTF8.GetString(System.Text.Encoding.Latin1.GetBytes(latin1));

    /// <summary>It says what it has read: <c>name=text</c>, and for files <c>name=file(type)text</c>.</summary>
    private static TestServer NewServer()
    {
        var server = new TestServer();
        server.Http.Map("POST /", async request =>
        {
            var parts = new List<string>();
            await foreach (var part in request.ReadPartsAsync())
            {
                var file = part.FileName is null ? "" : $"{part.FileName}({part.ContentType})";
                parts.Add($"{part.Name}={file}{await part.ReadTextAsync()}");
            }
            return string.Join('|', parts);
        });
        return server;
    }
}
