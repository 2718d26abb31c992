using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RawStream.Tests.Support;
using RawStream.Transport;

namespace RawStream.Tests.Limits;

/// <summary><see cref="HttpLimits.ConnectionsPerAddress"/>: who is one address, and that no connection is forgotten in the count.</summary>
[Platform("Linux", Reason = "Others have to be told that they have more loopback addresses than one.")]
public sealed class AddressTests
{
    private const int Most = 5;

    private static readonly IPAddress One = IPAddress.Parse("127.0.0.1"), Other = IPAddress.Parse("127.0.0.2");

    private TestServer _server = null!;

    [TearDown]
    public async Task CloseServer()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [TestCase("127.0.0.1")]
    [TestCase("*", Description = "IPv4 in IPv6 form.")]
    public async Task One_too_many_gets_a_503_and_another_address_does_not(string host)
    {
        await StartAsync(host: host);
        var open = await FillAsync(One);

        var refused = await (await ConnectAsync(One)).ReadReplyAsync();
        var other = await (await ConnectAsync(Other)).GetAsync("/");
        await open[0].DisposeAsync();
        await Patience.UntilAsync(() => _server.Http.Metrics.OpenConnections == Most, "one has left");
        var next = await (await ConnectAsync(One)).GetAsync("/");

        Assert.That((refused.Status, refused.Closes), Is.EqualTo((503, true)));
        Assert.That((other.Status, next.Status), Is.EqualTo((200, 200)));
        Assert.That((await open[1].GetAsync("/")).Status, Is.EqualTo(200), "those that were open go on");
        Assert.That(_server.Log.Lines.Where(line => line.Level == LogLevel.Warning).Select(line => line.Text), Has.Exactly(1).Contains($"127.0.0.1 has {Most} open"));
    }

    [Test]
    public async Task With_TLS_it_is_closed_without_a_word()
    {
        await StartAsync(https: TestCertificates.Options());
        for (var i = 0; i < Most; i++) Assert.That((await (await _server.ConnectTlsAsync()).GetAsync("/")).Status, Is.EqualTo(200));

        Assert.That(await OutcomeAsync(), Is.EqualTo("reset"));
    }

    [Test]
    public async Task A_flood_is_one_line_a_second()
    {
        var time = new ManualTime();
        await StartAsync(time: time);
        await FillAsync(One);

        for (var i = 0; i < 100; i++) await (await ConnectAsync(One)).ReadToEndAsync();
        time.AdvanceSeconds(1.5);
        await (await ConnectAsync(One)).ReadToEndAsync();

        var lines = _server.Log.Lines.Where(line => line.Level == LogLevel.Warning).Select(line => line.Text).ToArray();
        Assert.That(lines, Has.Length.EqualTo(2));
        Assert.That(lines[0], Does.EndWith(": 1"));
        Assert.That(lines[1], Does.EndWith(": 100"));
    }

    [Test]
    public async Task A_flood_beyond_the_cap_of_all_is_one_line_a_second_too()
    {
        _server = new TestServer(new HttpLimits { Connections = 1 }, time: new ManualTime());
        _server.Http.Map("GET /", _ => "fine");
        await _server.StartAsync();
        await (await ConnectAsync(One)).GetAsync("/");

        for (var i = 0; i < 100; i++) await (await ConnectAsync(One)).ReadToEndAsync();

        Assert.That(_server.Log.Lines.Where(line => line.Level == LogLevel.Warning).ToArray(), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Whoever_comes_and_goes_in_whatever_way_is_counted_exactly([Values] bool https)
    {
        await StartAsync(https: https ? TestCertificates.Options() : null);
        var random = new Random(1);
        for (var i = 0; i < 300; i++) await ComeAndGoAsync(random, i % 2 == 0 ? One : Other);
        await _server.UntilIdleAsync();

        for (var i = 0; i < Most; i++)
        {
            var client = https ? await _server.ConnectTlsAsync() : await ConnectAsync(One);
            Assert.That((await client.GetAsync("/")).Status, Is.EqualTo(200), "nobody of before is still counted");
        }
        Assert.That(await OutcomeAsync(), Does.StartWith(https ? "reset" : "HTTP/1.1 503 "), "and each of these is");
    }

    [Test]
    public async Task Nobody_is_refused_where_it_is_off()
    {
        _server = new TestServer();
        _server.Http.Map("GET /", _ => "fine");
        await _server.StartAsync();

        for (var i = 0; i < 200; i++) Assert.That((await (await ConnectAsync(One)).GetAsync("/")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Memory_and_Unix_sockets_have_no_address()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        _server = new TestServer(new HttpLimits { ConnectionsPerAddress = 1 }, unixSocket: path);
        _server.Http.Map("GET /", _ => "fine");
        await _server.StartAsync();

        for (var i = 0; i < 3; i++)
        {
            Assert.That((await _server.Connect().GetAsync("/")).Status, Is.EqualTo(200));
            Assert.That((await (await _server.ConnectAsync(new UnixDomainSocketEndPoint(path))).GetAsync("/")).Status, Is.EqualTo(200));
        }
    }

    [TestCase("192.0.2.1", "192.0.2.1", true)]
    [TestCase("192.0.2.1", "::ffff:192.0.2.1", true)]
    [TestCase("192.0.2.1", "192.0.2.2", false)]
    [TestCase("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]
    [TestCase("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [TestCase("::1", "0.0.0.1", false)]
    [TestCase("::ffff:0.0.0.0", "::", false)]
    public void Who_is_one(string first, string second, bool same)
    {
        var counts = new PeerCounts(1);

        Assert.That(counts.TryAdd(IPAddress.Parse(first)));
        Assert.That(counts.TryAdd(IPAddress.Parse(second)), Is.EqualTo(!same));
        counts.Remove(IPAddress.Parse(second));
        if (!same) counts.Remove(IPAddress.Parse(first));
        Assert.That(counts.Peers, Is.Zero, "whoever has none open takes no memory");
    }

    [Test]
    public void Threads_do_not_lose_a_count()
    {
        var counts = new PeerCounts(50);
        Parallel.For(0, 100_000, i =>
        {
            var address = new IPAddress(i % 7);
            if (counts.TryAdd(address)) counts.Remove(address);
        });

        Assert.That(counts.Peers, Is.Zero);
    }

    /// <summary>Some of them are one too many, since those of before may not have gone yet.</summary>
    private async Task ComeAndGoAsync(Random random, IPAddress from)
    {
        try
        {
            var client = await ConnectAsync(from);
            switch (random.Next(8))
            {
                case 0:
                    client.Abort();
                    break;
                case 1:
                    await client.SendAsync("GET / HT");
                    client.Abort();
                    break;
                case 2:
                    await client.SendAsync("\u0016\u0003\u0001\u0001\0\u0001");
                    break;
                case 3:
                    await client.SendAsync("nonsense\r\n");
                    client.Finish();
                    break;
                case 4:
                    await client.AskAsync("/tick");
                    client.Abort();
                    break;
                case 5:
                    await client.AskAsync("/", "POST", "Content-Length: 10\r\n");
                    break;
                case 6:
                    await client.GetAsync("/");
                    break;
                default:
                    client.Finish();
                    break;
            }
            await client.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // It was refused, or has spoken no TLS.
        }
    }

    /// <summary>What the next one is told.</summary>
    private async Task<string> OutcomeAsync()
    {
        try
        {
            return await (await ConnectAsync(One)).ReadToEndAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return "reset";
        }
    }

    private async Task StartAsync(string host = "127.0.0.1", ManualTime? time = null, HttpsOptions? https = null)
    {
        _server = new TestServer(new HttpLimits { ConnectionsPerAddress = Most }, time: time, host: host, https: https);
        _server.Http.Map("GET /", _ => "fine");
        _server.Http.Map("GET /tick", request => Response.Stream(request.Every(TimeSpan.FromMilliseconds(1)).Select(now => $"{now}")));
        _server.Http.Map("POST /", async request => await request.ReadTextAsync());
        await _server.StartAsync();
    }

    private async Task<List<TestClient>> FillAsync(IPAddress from)
    {
        var clients = new List<TestClient>();
        for (var i = 0; i < Most; i++)
        {
            clients.Add(await ConnectAsync(from));
            Assert.That((await clients[^1].GetAsync("/")).Status, Is.EqualTo(200));
        }
        return clients;
    }

    private Task<TestClient> ConnectAsync(IPAddress from) => _server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _server.Http.Port), from);
}
