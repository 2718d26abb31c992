using System.Net;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Middleware;

/// <summary>
/// What is believed of a chain of proxies. The client in memory has no address, like a peer at a Unix domain socket, and stands for the last proxy; the others are in
/// 10.0.0.0/8 and fd00::/8.
/// </summary>
public sealed class ForwardedTests
{
    private const ForwardedFields X = ForwardedFields.For | ForwardedFields.Proto | ForwardedFields.Host;

    private static readonly IPNetwork[] Networks = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8")];

    // One proxy.
    [TestCase("X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1:0 http test")]
    [TestCase("X-Forwarded-For: 192.0.2.1:4711\r\n", "192.0.2.1:4711 http test")]
    [TestCase("X-Forwarded-For: 2001:db8::1\r\n", "[2001:db8::1]:0 http test")]
    [TestCase("X-Forwarded-For: [2001:db8::1]\r\n", "[2001:db8::1]:0 http test")]
    [TestCase("X-Forwarded-For: [2001:db8::1]:4711\r\n", "[2001:db8::1]:4711 http test")]
    [TestCase("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: app.example\r\n", "192.0.2.1:0 https app.example")]
    [TestCase("X-Forwarded-Proto: HTTPS\r\n", " https test")]
    [TestCase("X-Forwarded-Proto: wss\r\n", " https test")]
    [TestCase("X-Forwarded-Proto: ws\r\n", " http test")]
    [TestCase("X-Forwarded-Host: app.example:8443\r\n", " http app.example:8443")]
    [TestCase("", " http test")]
    // What the client has claimed stands further left.
    [TestCase("X-Forwarded-For: 203.0.113.9, 192.0.2.1\r\n", "192.0.2.1:0 http test")]
    [TestCase("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1:0 http test")]
    [TestCase("X-Forwarded-For: nonsense, 192.0.2.1\r\n", "192.0.2.1:0 http test")]
    [TestCase("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https, http\r\n", "192.0.2.1:0 http test")]
    [TestCase("X-Forwarded-For: 10.0.0.1, 192.0.2.1\r\n", "192.0.2.1:0 http test", Description = "It claims to be a proxy.")]
    // More proxies.
    [TestCase("X-Forwarded-For: 192.0.2.1, 10.0.0.1\r\n", "192.0.2.1:0 http test")]
    [TestCase("X-Forwarded-For: 192.0.2.1, fd00::1, 10.0.0.1\r\n", "192.0.2.1:0 http test")]
    [TestCase("X-Forwarded-For: 203.0.113.9, 192.0.2.1, 10.0.0.1\r\n", "192.0.2.1:0 http test")]
    [TestCase("X-Forwarded-For: 192.0.2.1, ::ffff:10.0.0.1\r\n", "192.0.2.1:0 http test", Description = "The same address as IPv6.")]
    [TestCase("X-Forwarded-For: 10.0.0.2, 10.0.0.1\r\n", "10.0.0.2:0 http test", Description = "A proxy that is a client.")]
    [TestCase("X-Forwarded-For: 192.0.2.1, 10.0.0.1\r\nX-Forwarded-Proto: https\r\n", "192.0.2.1:0 https test", Description = "Only the last one tells the scheme.")]
    [TestCase("X-Forwarded-For: 192.0.2.1, 10.0.0.1\r\nX-Forwarded-Proto: https, http\r\n", "192.0.2.1:0 https test", Description = "TLS ends at the first one.")]
    // Empty members, and what is hidden.
    [TestCase("X-Forwarded-For: , 192.0.2.1,, ,\r\n", "192.0.2.1:0 http test")]
    [TestCase("X-Forwarded-For: 192.0.2.1, unknown, 10.0.0.1\r\n", "10.0.0.1:0 http test")]
    public async Task It_is_read_from_the_right(string fields, string expected) => Assert.That(await AskAsync(X, fields), Is.EqualTo(expected));

    [TestCase("for=192.0.2.1", "192.0.2.1:0 http test")]
    [TestCase("For=\"192.0.2.1:4711\";Proto=https;Host=app.example", "192.0.2.1:4711 https app.example")]
    [TestCase("for=\"[2001:db8::1]:4711\"", "[2001:db8::1]:4711 http test")]
    [TestCase("for=[2001:db8::1]", "[2001:db8::1]:0 http test", Description = "It should be quoted, and often is not.")]
    [TestCase("for=\"192.0.2\\.1\"", "192.0.2.1:0 http test", Description = "A quoted pair.")]
    [TestCase("by=10.0.0.9;for=192.0.2.1;secret=\"a,b;c=\\\"d\\\"\"", "192.0.2.1:0 http test")]
    [TestCase(";for=192.0.2.1;;proto=https;", "192.0.2.1:0 https test")]
    [TestCase("proto=https", " https test")]
    [TestCase("for=203.0.113.9;proto=https, for=192.0.2.1;proto=http", "192.0.2.1:0 http test")]
    [TestCase("for=192.0.2.1;proto=https;host=app.example, for=10.0.0.1;proto=http", "192.0.2.1:0 https app.example")]
    [TestCase("for=192.0.2.1\r\nForwarded: for=10.0.0.1", "192.0.2.1:0 http test")]
    [TestCase(",, for=192.0.2.1 ,", "192.0.2.1:0 http test")]
    [TestCase("for=192.0.2.1, for=_hidden, for=10.0.0.1", "10.0.0.1:0 http test")]
    [TestCase("for=unknown", " http test")]
    public async Task So_is_Forwarded(string value, string expected) =>
        Assert.That(await AskAsync(ForwardedFields.Forwarded, $"Forwarded: {value}\r\n"), Is.EqualTo(expected));

    [TestCase(X, "X-Forwarded-For: nonsense\r\n")]
    [TestCase(X, "X-Forwarded-For: 192.0.2.1:99999\r\n")]
    [TestCase(X, "X-Forwarded-For: app.example\r\n")]
    [TestCase(X, "X-Forwarded-For: 192.0.2.1 10.0.0.1\r\n")]
    [TestCase(X, "X-Forwarded-Proto: ftp\r\n")]
    [TestCase(X, "X-Forwarded-Host: app.example/path\r\n")]
    [TestCase(X, "X-Forwarded-Host: user@app.example\r\n")]
    [TestCase(X, "X-Forwarded-Host: b\u00FCcher.example\r\n")]
    [TestCase(ForwardedFields.Forwarded, "Forwarded: for=\"192.0.2.1\r\n", Description = "Left open, to swallow what proxies add.")]
    [TestCase(ForwardedFields.Forwarded, "Forwarded: for=\"x\r\nForwarded: for=192.0.2.1\r\n")]
    [TestCase(ForwardedFields.Forwarded, "Forwarded: for=\"192.0.2.1\\\r\n")]
    [TestCase(ForwardedFields.Forwarded, "Forwarded: for\r\n")]
    [TestCase(ForwardedFields.Forwarded, "Forwarded: for=\r\n")]
    [TestCase(ForwardedFields.Forwarded, "Forwarded: =192.0.2.1\r\n")]
    [TestCase(ForwardedFields.Forwarded, "Forwarded: for=192.0.2.1 proto=https\r\n")]
    [TestCase(ForwardedFields.Forwarded, "Forwarded: for=192.\"0\".2.1\r\n")]
    [TestCase(ForwardedFields.Forwarded, "Forwarded: for=\"\"\r\n")]
    [TestCase(ForwardedFields.Forwarded, "Forwarded: host=\"\"\r\n")]
    public async Task What_cannot_be_understood_is_refused(ForwardedFields used, string fields)
    {
        await using var server = NewServer(new ForwardedOptions { Proxies = Networks, TrustsUnixSocket = true, Fields = used });

        Assert.That((await server.GetAsync("/", fields)).Status, Is.EqualTo(400));
        server.Log.AssertQuiet();
    }

    [Test]
    public async Task Only_the_fields_that_were_asked_for_are_read()
    {
        const string all = "Forwarded: for=192.0.2.9;proto=https;host=f.example\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: x.example\r\n";

        Assert.That(await AskAsync(ForwardedFields.For, all), Is.EqualTo("192.0.2.1:0 http test"));
        Assert.That(await AskAsync(ForwardedFields.Proto, all), Is.EqualTo(" https test"));
        Assert.That(await AskAsync(ForwardedFields.Host, all), Is.EqualTo(" http x.example"));
        Assert.That(await AskAsync(ForwardedFields.Forwarded, all), Is.EqualTo("192.0.2.9:0 https f.example"));
        Assert.That(await AskAsync(new ForwardedOptions().Fields, all), Is.EqualTo("192.0.2.1:0 https test"), "by default");
    }

    [Test]
    public async Task No_more_proxies_are_believed_than_there_may_be()
    {
        await using var server = NewServer(new ForwardedOptions { Proxies = Networks, TrustsUnixSocket = true, MaxHops = 2 });

        var reply = await server.GetAsync("/", "X-Forwarded-For: 192.0.2.1, 10.0.0.3, 10.0.0.2, 10.0.0.1\r\n");

        Assert.That(reply.Text, Is.EqualTo("10.0.0.2:0 http test"));
    }

    [Test]
    public async Task Nor_of_Forwarded()
    {
        await using var server = NewServer(new ForwardedOptions { Proxies = Networks, TrustsUnixSocket = true, MaxHops = 2, Fields = ForwardedFields.Forwarded });

        var reply = await server.GetAsync("/", "Forwarded: for=192.0.2.1, for=10.0.0.3, for=10.0.0.2, for=10.0.0.1\r\n");

        Assert.That(reply.Text, Is.EqualTo("10.0.0.2:0 http test"));
    }

    [Test]
    public async Task Nothing_is_read_that_another_says()
    {
        await using var server = NewServer(new ForwardedOptions { Proxies = Networks });

        Assert.That((await server.GetAsync("/", "X-Forwarded-For: nonsense\r\n")).Text, Is.EqualTo(" http test"));
    }

    [TestCase("127.0.0.0/8", true)]
    [TestCase("10.0.0.0/8", false)]
    public async Task A_peer_is_known_by_its_address(string network, bool isTrusted)
    {
        await using var server = NewServer(new ForwardedOptions { Proxies = [IPNetwork.Parse(network)], TrustsUnixSocket = true });
        var client = await server.ConnectTcpAsync();

        var reply = await client.GetAsync("/", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n");

        Assert.That(reply.Text, Is.EqualTo(isTrusted ? "192.0.2.1:0 https test" : $"{client.LocalEndPoint} http test"));
    }

    [Test]
    public async Task The_next_request_of_the_connection_is_told_nothing_of_it()
    {
        await using var server = NewServer(new ForwardedOptions { Proxies = Networks, TrustsUnixSocket = true, Fields = X });
        var client = server.Connect();

        await client.GetAsync("/", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: app.example\r\n");

        Assert.That((await client.GetAsync("/")).Text, Is.EqualTo(" http test"));
    }

    [Test]
    public void Options_that_make_no_sense_are_refused()
    {
        Assert.That(() => new HttpServer().UseForwarded(new ForwardedOptions()), Throws.ArgumentException, "nobody is trusted");
        Assert.That(() => new ForwardedOptions { Fields = ForwardedFields.None }, Throws.ArgumentException);
        Assert.That(() => new ForwardedOptions { Fields = ForwardedFields.Forwarded | ForwardedFields.For }, Throws.ArgumentException);
        Assert.That(() => new ForwardedOptions { Fields = (ForwardedFields)16 }, Throws.ArgumentException);
        Assert.That(() => new ForwardedOptions { MaxHops = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ForwardedOptions { MaxHops = 101 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static async Task<string> AskAsync(ForwardedFields used, string fields)
    {
        await using var server = NewServer(new ForwardedOptions { Proxies = Networks, TrustsUnixSocket = true, Fields = used });
        return (await server.GetAsync("/", fields)).Text;
    }

    /// <summary>It says who it thinks has asked.</summary>
    private static TestServer NewServer(ForwardedOptions options)
    {
        var server = new TestServer();
        server.Http.UseForwarded(options);
        server.Http.Map("GET /", request => $"{request.RemoteEndPoint} {request.Scheme} {request.Host}");
        return server;
    }
}
