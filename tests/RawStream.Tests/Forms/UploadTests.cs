using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;
using RawStream.Forms;
using RawStream.Tests.Events;
using RawStream.Tests.Support;

namespace RawStream.Tests.Forms;

/// <summary>Files on their way to the disk, from other people's clients.</summary>
public sealed class UploadTests
{
    private const int Megabyte = 1024 * 1024;

    private string _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("rawstream-upload-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    /// <summary>What is alive while it goes on is measured every five megabytes.</summary>
    [Test]
    public async Task Fifty_megabytes_go_to_the_disk_and_not_into_memory()
    {
        const int pieces = 50;
        var piece = RandomNumberGenerator.GetBytes(Megabyte);
        long most = 0, before = 0, next = 0, last = 0;
        var path = Path.Combine(_folder, "large");
        await using var server = new TestServer();
        server.Http.Map("POST /", async request =>
        {
            request.MaxBodySize = 60 * Megabyte;
            await foreach (var part in request.ReadPartsAsync())
                await part.SaveAsAsync(path, new Progress(Measure));
            return "saved";
        });
        var client = await server.ConnectTcpAsync();
        const string head = "--x\r\nContent-Disposition: form-data; name=f; filename=large\r\n\r\n", end = "\r\n--x--\r\n";

        before = GC.GetTotalMemory(forceFullCollection: true);
        const int length = pieces * Megabyte;
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {head.Length + length + end.Length}\r\n\r\n");
        await client.SendAsync(head);
        for (var i = 0; i < pieces; i++) await client.SendAsync(piece);
        await client.SendAsync(end);
        var reply = await client.ReadReplyAsync();

        Assert.That(reply.Text, Is.EqualTo("saved"));
        Assert.That(last, Is.EqualTo(pieces * Megabyte), "the progress comes to its end");
        Assert.That(most, Is.LessThan(2 * Megabyte), "what is alive does not grow with the file");
        await using var file = File.OpenRead(path);
        Assert.That(file.Length, Is.EqualTo(pieces * Megabyte));
        var saved = new byte[Megabyte];
        for (var i = 0; i < pieces; i++)
        {
            await file.ReadExactlyAsync(saved);
            if (!saved.AsSpan().SequenceEqual(piece)) Assert.Fail($"Megabyte {i} is not what was sent.");
        }

        void Measure(long written)
        {
            Assert.That(written, Is.GreaterThan(last));
            last = written;
            if (written < next) return;
            next += 5 * Megabyte;
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }
    }

    [Test]
    public async Task HttpClient_sends_fields_and_files()
    {
        await using var server = NewServer();
        using var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = (_, _) => new(server.Http.Connect()) });
        var photo = RandomNumberGenerator.GetBytes(300_000);
        using var content = new MultipartFormDataContent();
        content.Add(new StringContent("Holidays \u00E9t\u00E9"), "title");
        var file = new ByteArrayContent(photo) { Headers = { ContentType = new MediaTypeHeaderValue("image/jpeg") } };
        content.Add(file, "photo", "../plage d'\u00E9t\u00E9.jpg");
        content.Add(new StringContent("last"), "note");

        using var reply = await client.PostAsync("http://in.memory/", content);

        Assert.That(reply.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await reply.Content.ReadAsStringAsync(), Is.EqualTo("title=Holidays \u00E9t\u00E9\nphoto: plage d'\u00E9t\u00E9.jpg image/jpeg 300000\nnote=last\n"));
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(_folder, "photo")), Is.EqualTo(photo));
    }

    [Test]
    public async Task Curl_sends_fields_and_files()
    {
        await using var server = NewServer();
        await server.StartAsync();
        var photo = RandomNumberGenerator.GetBytes(2_000_000); // Enough for Expect: 100-continue.
        var source = Path.Combine(_folder, "b\u00E9ach.jpg");
        await File.WriteAllBytesAsync(source, photo);

        using var curl = ForeignClient.Start(
            "curl", folder: null, "-sS", "--noproxy", "*", "-H", "Expect: 100-continue",
            "--form-string", "title=Holidays; \u00E9t\u00E9", "-F", $"photo=@{source}", "-F", "empty=", $"http://127.0.0.1:{server.Http.Port}/");

        Assert.That(await curl.ReadToEndAsync(), Is.EqualTo("title=Holidays; \u00E9t\u00E9\nphoto: b\u00E9ach.jpg image/jpeg 2000000\nempty=\n"));
        await curl.AssertSucceedsAsync();
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(_folder, "photo")), Is.EqualTo(photo));
    }

    [Test]
    public async Task What_was_not_whole_leaves_no_file([Values("cut off", "too large")] string fault)
    {
        var options = new MultipartOptions { PartBytes = fault == "too large" ? 10 : 1000 };
        var path = Path.Combine(_folder, "file");
        await using var server = new TestServer();
        server.Http.Map("POST /", async request =>
        {
            await foreach (var part in request.ReadPartsAsync(options)) await part.SaveAsAsync(path);
            return "";
        });
        var body = "--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + new string('1', 100) + (fault == "cut off" ? "" : "\r\n--x--\r\n");

        var reply = await server.PostAsync("/", body, "Content-Type: multipart/form-data; boundary=x\r\n");

        Assert.That(reply.Status, Is.EqualTo(fault == "cut off" ? 400 : 413));
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public async Task A_file_that_is_there_is_not_overwritten()
    {
        var path = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(path, "mine");
        await using var server = new TestServer();
        server.Http.Map("POST /", async request =>
        {
            await foreach (var part in request.ReadPartsAsync()) await part.SaveAsAsync(path);
            return "";
        });

        var reply = await server.PostAsync("/", "--x\r\nContent-Disposition: form-data; name=f\r\n\r\nyours\r\n--x--\r\n", "Content-Type: multipart/form-data; boundary=x\r\n");

        Assert.That(reply.Status, Is.EqualTo(500));
        Assert.That(await File.ReadAllTextAsync(path), Is.EqualTo("mine"));
        Assert.That(server.Log.Lines.Select(line => line.Exception), Has.Some.InstanceOf<IOException>());
    }

    [Test]
    public async Task It_can_be_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var path = Path.Combine(_folder, "file");
        var begun = new Signal();
        Exception? thrown = null;
        var ended = new Signal();
        await using var server = new TestServer();
        server.Http.Map("POST /", async (request, response) =>
        {
            try
            {
                await foreach (var part in request.ReadPartsAsync(cancellationToken: stop.Token)) await part.SaveAsAsync(path, new Progress(_ => begun.Set()), stop.Token);
            }
            catch (OperationCanceledException e)
            {
                thrown = e;
            }
            ended.Set();
        });
        var client = server.Connect();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n");
        await client.SendAsync("--x\r\nContent-Disposition: form-data; name=f\r\n\r\nsome of it, and more than a boundary has");
        await begun.WaitAsync();
        await stop.CancelAsync();
        await ended.WaitAsync();

        Assert.That(thrown, Is.Not.Null);
        Assert.That(File.Exists(path), Is.False);
    }

    /// <summary>Saves files under the name of their field, and says what has come.</summary>
    private TestServer NewServer()
    {
        var server = new TestServer();
        server.Http.Map("POST /", async request =>
        {
            var said = new StringBuilder();
            await foreach (var part in request.ReadPartsAsync())
            {
                if (part.FileName is null) said.Append(part.Name).Append('=').Append(await part.ReadTextAsync()).Append('\n');
                else said.Append($"{part.Name}: {part.FileName} {part.ContentType} {await part.SaveAsAsync(Path.Combine(_folder, part.Name))}\n");
            }
            return said.ToString();
        });
        return server;
    }

    /// <summary>On the thread that reports, unlike the framework's.</summary>
    private sealed class Progress(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
