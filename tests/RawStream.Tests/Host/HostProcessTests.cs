using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Host;

/// <summary>The built host, as whoever starts it sees it.</summary>
[Parallelizable] // It waits more than it works.
public sealed class HostProcessTests
{
    private const int Failed = 1;
    private const int Misused = 2;

    [Test]
    [Platform("Linux,MacOsX")] // SIGTERM.
    public async Task It_tells_where_it_listens_serves_and_ends_with_0_at_SIGTERM()
    {
        using var host = HostProcess.Start("serve", "--port", "0");
        var port = await host.WaitUntilListeningAsync();
        await using (var client = await TestClient.LoopbackAsync(port))
            Assert.That((await client.GetAsync("/plaintext")).Text, Is.EqualTo("Hello, World!"));

        host.Terminate();

        Assert.That(await host.WaitForExitAsync(), Is.Zero);
        Assert.That(host.Output, Has.Count.EqualTo(1));
        Assert.That(host.Errors, Is.Empty);
    }

    [Test]
    [Platform("Linux,MacOsX")] // SIGTERM.
    public async Task SIGTERM_ends_an_open_stream_whole_and_the_process_with_0()
    {
        using var host = HostProcess.Start("--port", "0");
        await using var client = await TestClient.LoopbackAsync(await host.WaitUntilListeningAsync());
        await client.AskAsync("/tick?ms=10");
        await client.ReadUntilAsync("It is");

        host.Terminate();
        var rest = await client.ReadToEndAsync();

        Assert.That(rest, Does.EndWith("\r\n0\r\n\r\n"));
        await client.DisposeAsync();
        Assert.That(await host.WaitForExitAsync(), Is.Zero);
        Assert.That(host.Errors, Is.Empty);
    }

    [Test]
    public async Task It_speaks_HTTPS_with_a_certificate_for_development()
    {
        using var host = HostProcess.Start("--port", "0", "--dev-cert");
        await using var client = await TestClient.TlsAsync(await host.WaitUntilListeningAsync("https"), TestCertificates.TrustAll());

        Assert.That((await client.GetAsync("/plaintext")).Text, Is.EqualTo("Hello, World!"));
    }

    [Test]
    public async Task It_says_what_is_wrong_with_a_certificate()
    {
        using var host = HostProcess.Start("--port", "0", "--cert", "missing.pem", "--key", "missing.key");

        Assert.That(await host.WaitForExitAsync(), Is.EqualTo(Misused));
        Assert.That(host.Errors, Has.Count.EqualTo(1).And.All.Contain("--cert missing.pem --key missing.key: "));
    }

    [Test]
    public async Task It_counts_the_open_streams()
    {
        using var host = HostProcess.Start("--port", "0");
        var port = await host.WaitUntilListeningAsync();
        await using var asking = await TestClient.LoopbackAsync(port);
        var streams = new List<TestClient>();
        for (var i = 0; i < 3; i++)
        {
            streams.Add(await TestClient.LoopbackAsync(port));
            await streams[i].AskAsync("/tick?ms=100");
            await streams[i].ReadUntilAsync("\r\n\r\n");
        }

        Assert.That((await asking.GetAsync("/active")).Text, Is.EqualTo("3"));
        streams[0].Abort();
        streams[1].Finish();
        await streams[2].DisposeAsync();
        var open = "3";
        for (var deadline = DateTime.UtcNow + Patience.Limit; open != "0" && DateTime.UtcNow < deadline;)
            open = (await asking.GetAsync("/active")).Text;

        Assert.That(open, Is.EqualTo("0"));
        foreach (var stream in streams) await stream.DisposeAsync();
    }

    [Test]
    public async Task It_serves_a_folder_beside_its_demos()
    {
        var folder = Directory.CreateTempSubdirectory("rawstream-static-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "page.html"), "0123456789");
        using var host = HostProcess.Start("--port", "0", "--static", folder.FullName);
        await using var client = await TestClient.LoopbackAsync(await host.WaitUntilListeningAsync());

        var part = await client.GetAsync("/page.html", "Range: bytes=-3\r\n");
        var demo = await client.GetAsync("/plaintext");
        folder.Delete(recursive: true);

        Assert.That((part.Status, part.Text, part["Content-Type"]), Is.EqualTo((206, "789", "text/html; charset=utf-8")));
        Assert.That(demo.Text, Is.EqualTo("Hello, World!"));
    }

    [Test]
    public async Task Help_is_printed_and_is_no_failure()
    {
        using var host = HostProcess.Start("--help");

        Assert.That(await host.WaitForExitAsync(), Is.Zero);
        Assert.That(host.Output, Has.Some.Contains("Usage:"));
        Assert.That(host.Errors, Is.Empty);
    }

    [Test]
    public async Task Version_is_printed_and_is_no_failure()
    {
        using var host = HostProcess.Start("--version");

        Assert.That(await host.WaitForExitAsync(), Is.Zero);
        Assert.That(host.Output.Single(), Does.Match(@"^RawStream \d+\.\d+\.\d+$"));
    }

    [TestCase("--port", "none")]
    [TestCase("--port", "65536")]
    [TestCase("--nonsense")]
    [TestCase("--static", "no/such/folder")]
    [TestCase("--host", "example.org")]
    public async Task A_mistake_is_one_line_and_2(params string[] arguments)
    {
        using var host = HostProcess.Start(arguments);

        Assert.That(await host.WaitForExitAsync(), Is.EqualTo(Misused));
        AssertOneLine(host);
        Assert.That(host.Errors[0], Does.Contain(arguments[0]));
    }

    [Test]
    public async Task A_port_that_is_in_use_is_one_line_and_1()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        var port = ((IPEndPoint)other.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);

        using var host = HostProcess.Start("--port", port);

        Assert.That(await host.WaitForExitAsync(), Is.EqualTo(Failed));
        AssertOneLine(host);
        Assert.That(host.Errors[0], Does.Contain(port));
    }

    [Test]
    public async Task An_address_that_is_not_this_machine_s_is_one_line_and_1()
    {
        using var host = HostProcess.Start("--port", "0", "--host", "192.0.2.1"); // Reserved for documentation (RFC 5737).

        Assert.That(await host.WaitForExitAsync(), Is.EqualTo(Failed));
        AssertOneLine(host);
    }

    [Test]
    public async Task Trace_prints_the_wire_to_stderr()
    {
        using var host = HostProcess.Start("--port", "0", "--trace");
        await using var client = await TestClient.LoopbackAsync(await host.WaitUntilListeningAsync());

        await client.GetAsync("/plaintext");

        await host.WaitForErrorLineAsync("#1 < GET /plaintext HTTP/1.1␍␊");
        await host.WaitForErrorLineAsync("#1 > HTTP/1.1 200 OK␍␊");
        Assert.That(host.Output, Has.Count.EqualTo(1));
    }

    private static void AssertOneLine(HostProcess host)
    {
        Assert.That(host.Errors, Has.Count.EqualTo(1), string.Join('\n', host.Errors));
        Assert.That(host.Output, Is.Empty);
        Assert.That(host.Errors[0], Does.Not.Contain("   at ").And.Not.Contain("Exception"));
    }
}
