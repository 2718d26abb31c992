using System.Globalization;
using NUnit.Framework;
using RawStream.Tests.Events;
using RawStream.Tests.Support;

namespace RawStream.Tests.Tls;

/// <summary>What other people's programs see of our TLS. Each is skipped where there is no such program.</summary>
public sealed class ForeignTlsTests
{
    [Test]
    public async Task Curl_trusts_the_certificate_that_it_is_given_and_sees_chunks()
    {
        var folder = Directory.CreateTempSubdirectory("rawstream-tls-").FullName;
        var certificate = ServerCertificate.SelfSigned();
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.pem"), certificate.Certificate.ExportCertificatePem());
        await using var server = new TestServer(https: new HttpsOptions { Certificate = certificate });
        server.Http.Map("GET /", async (_, response) =>
        {
            await response.WriteAsync("one");
            await response.WriteAsync("two");
        });
        await server.StartAsync();
        using var curl = ForeignClient.Start("curl", folder, "--silent", "--show-error", "--raw", "--cacert", "ca.pem", $"https://localhost:{server.Http.Port}/");

        Assert.That(await curl.ReadToEndAsync(), Is.EqualTo("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"));
        await curl.AssertSucceedsAsync();
        Directory.Delete(folder, recursive: true);
    }

    [TestCase("-tls1_2", "TLSv1.2")]
    [TestCase("-tls1_3", "TLSv1.3")]
    public async Task OpenSSL_agrees_on_a_version(string option, string version)
    {
        await using var server = await StartAsync();
        using var openssl = ForeignClient.Start("bash", null, "-c", $"printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' | openssl s_client {option} -ign_eof -alpn http/1.1 -connect localhost:{server.Http.Port}");
        var output = await openssl.ReadToEndAsync();
        if (output.Length == 0) Assert.Ignore("There is no openssl on this machine.");

        Assert.That(output, Does.Contain(version).And.Contain("ALPN protocol: http/1.1").And.Contain("HTTP/1.1 200 OK").And.Contain("Hello"));
    }

    [Test]
    public async Task Sslscan_finds_only_suites_of_TLS_1_2_and_1_3_with_forward_secrecy_and_none_that_is_weak()
    {
        await using var server = await StartAsync();
        using var sslscan = ForeignClient.Start("sslscan", null, "--no-colour", $"localhost:{server.Http.Port.ToString(CultureInfo.InvariantCulture)}");
        var lines = (await sslscan.ReadToEndAsync()).Split('\n');

        foreach (var old in new[] { "SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1" }) Assert.That(lines, Has.Some.Match($"^{old} +disabled"));
        foreach (var current in new[] { "TLSv1.2", "TLSv1.3" }) Assert.That(lines, Has.Some.Match($"^{current} +enabled"));
        var suites = lines.Where(line => line.StartsWith("Accepted", StringComparison.Ordinal) || line.StartsWith("Preferred", StringComparison.Ordinal)).ToArray();
        Assert.That(suites, Is.Not.Empty);
        Assert.That(suites, Has.All.Match("TLSv1\\.[23] .*(ECDHE-|TLS_(AES|CHACHA20))"));
        Assert.That(lines, Has.None.Match("Secure session renegotiation.*insecure"));
    }

    private static async Task<TestServer> StartAsync()
    {
        var server = new TestServer(https: TestCertificates.Options());
        server.Http.Map("GET /", request => "Hello");
        await server.StartAsync();
        return server;
    }
}
