using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Transport;

/// <summary>Where a server listens, over real sockets.</summary>
public sealed class SocketTests
{
    private string _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("rawstream").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Port_0_takes_a_free_one_and_tells_which()
    {
        await using var server = NewServer();
        await server.StartAsync();

        Assert.That(server.Http.Port, Is.InRange(1, 65535));
        Assert.That(await HelloAsync(server, new IPEndPoint(IPAddress.Loopback, server.Http.Port)), Is.EqualTo("Hello"));
    }

    [Test]
    public async Task Localhost_is_both_loopback_addresses_on_one_port()
    {
        await using var server = NewServer(host: "localhost");
        await server.StartAsync();

        Assert.That(server.Http.EndPoints.Cast<IPEndPoint>().Select(endPoint => endPoint.Port).Distinct().Count(), Is.EqualTo(1));
        foreach (var address in Loopbacks)
            Assert.That(await HelloAsync(server, new IPEndPoint(address, server.Http.Port)), Is.EqualTo("Hello"), address.ToString());
    }

    [Test]
    public async Task A_star_is_every_address_of_both_families()
    {
        await using var server = NewServer(host: "*");
        await server.StartAsync();

        foreach (var address in Loopbacks)
            Assert.That(await HelloAsync(server, new IPEndPoint(address, server.Http.Port)), Is.EqualTo("Hello"), address.ToString());
    }

    [TestCaseSource(nameof(Loopbacks))]
    public async Task One_address_is_that_one_and_no_other(IPAddress address)
    {
        await using var server = NewServer(host: address.ToString());
        await server.StartAsync();
        var other = address.Equals(IPAddress.Loopback) ? IPAddress.IPv6Loopback : IPAddress.Loopback;

        Assert.That(await HelloAsync(server, new IPEndPoint(address, server.Http.Port)), Is.EqualTo("Hello"));
        await Assert.ThatAsync(() => server.ConnectAsync(new IPEndPoint(other, server.Http.Port)), Throws.InstanceOf<SocketException>());
    }

    [Test]
    public async Task A_host_name_is_not_resolved()
    {
        await using var server = NewServer(host: "example.org");

        await Assert.ThatAsync(server.StartAsync, Throws.ArgumentException.With.Message.Contains("example.org"));
    }

    [Test]
    public async Task A_port_that_is_in_use_fails_the_start()
    {
        await using var first = NewServer();
        await first.StartAsync();
        await using var second = NewServer(port: first.Http.Port);

        await Assert.ThatAsync(second.StartAsync, Throws.InstanceOf<SocketException>()
            .With.Property(nameof(SocketException.SocketErrorCode)).EqualTo(SocketError.AddressAlreadyInUse));
    }

    [Test]
    public async Task A_start_that_failed_leaves_nothing_behind_and_can_be_tried_again()
    {
        using var blocker = new Socket(Loopbacks[^1].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        blocker.Bind(new IPEndPoint(Loopbacks[^1], 0));
        blocker.Listen();
        var port = ((IPEndPoint)blocker.LocalEndPoint!).Port;
        await using var server = NewServer(port: port);

        await Assert.ThatAsync(server.StartAsync, Throws.InstanceOf<SocketException>());
        foreach (var free in Loopbacks.SkipLast(1)) // The first address was free, and was let go of.
            await Assert.ThatAsync(() => server.ConnectAsync(new IPEndPoint(free, port)), Throws.InstanceOf<SocketException>());
        blocker.Dispose();
        await server.StartAsync();

        Assert.That(await HelloAsync(server, new IPEndPoint(IPAddress.Loopback, port)), Is.EqualTo("Hello"));
    }

    [Test]
    public async Task A_second_start_is_refused()
    {
        await using var server = NewServer();
        await server.StartAsync();

        await Assert.ThatAsync(() => server.Http.StartAsync(), Throws.InvalidOperationException);
    }

    [Test]
    public async Task The_remote_end_point_is_the_client_s()
    {
        await using var server = new TestServer();
        server.Http.Map("GET /", request => request.RemoteEndPoint!.ToString()!);
        var client = await server.ConnectTcpAsync();

        Assert.That((await client.GetAsync("/")).Text, Is.EqualTo(client.LocalEndPoint!.ToString()));
    }

    [Test]
    public async Task A_Unix_domain_socket_serves_and_its_file_goes_with_the_server()
    {
        var path = Path.Combine(_folder, "socket");
        await using (var server = NewServer(unixSocket: path))
        {
            await server.StartAsync();
            Assert.That(await HelloAsync(server, new UnixDomainSocketEndPoint(path)), Is.EqualTo("Hello"));
            Assert.That(File.Exists(path));
        }
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public async Task A_stale_socket_file_is_taken_over()
    {
        var path = Path.Combine(_folder, "stale");
        LeaveSocketFile(path);
        var wasThere = File.Exists(path);
        await using var server = NewServer(unixSocket: path);

        await server.StartAsync();

        Assert.That(wasThere);
        Assert.That(await HelloAsync(server, new UnixDomainSocketEndPoint(path)), Is.EqualTo("Hello"));
    }

    [Test]
    public async Task A_live_socket_file_is_left_to_its_server()
    {
        var path = Path.Combine(_folder, "live");
        await using var first = NewServer(unixSocket: path);
        await first.StartAsync();
        await using var second = NewServer(unixSocket: path);

        await Assert.ThatAsync(second.StartAsync, Throws.InstanceOf<SocketException>());
        Assert.That(await HelloAsync(first, new UnixDomainSocketEndPoint(path)), Is.EqualTo("Hello"));
    }

    /// <summary>A typing error in a path must not cost anybody a file.</summary>
    [Test]
    public async Task A_file_that_is_no_socket_is_not_deleted()
    {
        var path = Path.Combine(_folder, "letter.txt");
        await File.WriteAllTextAsync(path, "precious");
        await using var server = NewServer(unixSocket: path);

        await Assert.ThatAsync(server.StartAsync, Throws.InstanceOf<SocketException>());
        Assert.That(File.Exists(path) ? await File.ReadAllTextAsync(path) : null, Is.EqualTo("precious"));
    }

    [Test]
    public async Task More_connections_than_the_limit_get_a_503_until_one_ends()
    {
        await using var server = NewServer(limits: new HttpLimits { Connections = 2 });
        var first = await server.ConnectTcpAsync();
        var second = await server.ConnectTcpAsync();
        Assert.That((await first.GetAsync("/")).Status, Is.EqualTo(200));
        Assert.That((await second.GetAsync("/")).Status, Is.EqualTo(200));

        var refused = await (await server.ConnectTcpAsync()).ReadReplyAsync();
        await first.DisposeAsync();
        await Patience.UntilAsync(() => server.Http.Metrics.OpenConnections == 1, "one connection has ended");
        var third = await server.ConnectTcpAsync();

        Assert.That(refused.Status, Is.EqualTo(503));
        Assert.That(refused.Closes);
        Assert.That((await third.GetAsync("/")).Status, Is.EqualTo(200));
        Assert.That((await second.GetAsync("/")).Status, Is.EqualTo(200), "those that were open go on");
    }

    [Test]
    [Platform("Linux")]
    public async Task A_server_without_file_descriptors_recovers()
    {
        const int descriptors = 200, tries = 300;
        using var host = HostProcess.StartWithLimit(descriptors, "--port", "0");
        var port = await host.WaitUntilListeningAsync();
        var sockets = new List<Socket>();
        for (var i = 0; i < tries; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            await socket.ConnectAsync(IPAddress.Loopback, port).Within();
        }
        await host.WaitForErrorLineAsync("Accepting rests");
        Assert.That(await AskAsync(sockets[0]), Does.StartWith("HTTP/1.1 200 "), "whoever was there before is answered");
        foreach (var socket in sockets) socket.Dispose();

        // Those that have just left may still be in front of us.
        string? text = null;
        await Patience.UntilAsync(() => host.HasExited || (text ??= TryAsk(port)) is not null, "the host answers again");

        Assert.That(text, Is.EqualTo("Hello, World!"), $"the host says: {string.Join('\n', host.Errors)}");
    }

    [Test]
    public async Task Large_bodies_cross_a_socket_both_ways_at_once()
    {
        const int size = 3_000_000;
        await using var server = new TestServer();
        server.Http.Map("POST /echo", Echo.WriteAsync);
        var client = await server.ConnectTcpAsync();
        var body = new byte[size];
        new Random(1).NextBytes(body);

        await client.SendAsync($"POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: {size}\r\n\r\n");
        var sending = client.SendAsync(body);
        var reply = await client.ReadReplyAsync();
        await sending;

        Assert.That(reply.Text, Is.EqualTo(Encoding.Latin1.GetString(body)));
    }

    private static async Task<string> AskAsync(Socket socket)
    {
        await socket.SendAsync("GET /plaintext HTTP/1.1\r\nHost: test\r\n\r\n"u8.ToArray()).Within();
        var answer = new byte[1000];
        return Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer).Within());
    }

    /// <summary>The answer, or null when we were refused.</summary>
    private static string? TryAsk(int port)
    {
        using var client = new HttpClient();
        try
        {
            return client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/plaintext")).GetAwaiter().GetResult();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static TestServer NewServer(string host = "localhost", int port = 0, string? unixSocket = null, HttpLimits? limits = null)
    {
        var server = new TestServer(limits, host: host, port: port, unixSocket: unixSocket);
        server.Http.Map("GET /", _ => "Hello");
        return server;
    }

    private static async Task<string> HelloAsync(TestServer server, EndPoint endPoint) =>
        (await (await server.ConnectAsync(endPoint)).GetAsync("/")).Text;

    /// <summary>As a server leaves it that was killed: .NET itself would remove it with its socket, unless that goes by another name.</summary>
    private static void LeaveSocketFile(string path)
    {
        var other = path + "-";
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(other));
            File.Move(other, path);
        }
    }

    /// <summary>IPv4's, and IPv6's where the machine has one.</summary>
    private static IPAddress[] Loopbacks { get; } = [.. new[] { IPAddress.Loopback, IPAddress.IPv6Loopback }.Where(CanBind)];

    private static bool CanBind(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
