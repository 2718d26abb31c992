using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using RawStream.Tests.Support;

namespace RawStream.Tests.Tls;

/// <summary>Where certificates come from, which one a client gets, and what it may show of its own.</summary>
public sealed class CertificateTests
{
    private string _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("rawstream-tls-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task From_PEM_files()
    {
        using var made = TestCertificates.Make("pem.test");
        TestCertificates.WritePem(made, InFolder("cert.pem"), InFolder("key.pem"));

        Assert.That(await ServedAsync(ServerCertificate.FromPem(InFolder("cert.pem"), InFolder("key.pem"))), Is.EqualTo("CN=pem.test"));
    }

    [Test]
    public async Task From_PEM_files_with_an_encrypted_key()
    {
        using var made = TestCertificates.Make("secret.test");
        using var key = made.GetECDsaPrivateKey()!;
        await File.WriteAllTextAsync(InFolder("cert.pem"), made.ExportCertificatePem());
        await File.WriteAllTextAsync(InFolder("key.pem"), key.ExportEncryptedPkcs8PrivateKeyPem("open", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));

        Assert.That(await ServedAsync(ServerCertificate.FromPem(InFolder("cert.pem"), InFolder("key.pem"), "open")), Is.EqualTo("CN=secret.test"));
    }

    [Test]
    public async Task From_a_PKCS_12_file([Values(null, "open")] string? password)
    {
        using var made = TestCertificates.Make("pfx.test");
        await File.WriteAllBytesAsync(InFolder("cert.pfx"), made.Export(X509ContentType.Pkcs12, password));

        Assert.That(await ServedAsync(ServerCertificate.FromPfx(InFolder("cert.pfx"), password)), Is.EqualTo("CN=pfx.test"));
    }

    [Test]
    public void What_cannot_be_used_is_refused_when_it_is_given()
    {
        using var one = TestCertificates.Make("one.test");
        using var other = TestCertificates.Make("other.test");
        TestCertificates.WritePem(one, InFolder("one.pem"), InFolder("one.key"));
        TestCertificates.WritePem(other, InFolder("other.pem"), InFolder("other.key"));
        File.WriteAllText(InFolder("empty"), "");

        Assert.That(() => ServerCertificate.FromPem(InFolder("none"), InFolder("one.key")), Throws.InstanceOf<IOException>());
        Assert.That(() => ServerCertificate.FromPem(InFolder("one.pem"), InFolder("none")), Throws.InstanceOf<IOException>());
        Assert.That(() => ServerCertificate.FromPem(InFolder("empty"), InFolder("one.key")), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => ServerCertificate.FromPem(InFolder("one.pem"), InFolder("empty")), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => ServerCertificate.FromPem(InFolder("one.pem"), InFolder("other.key")), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => ServerCertificate.FromPfx(InFolder("empty")), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => ServerCertificate.From(X509CertificateLoader.LoadCertificate(one.Export(X509ContentType.Cert))), Throws.ArgumentException);
    }

    [Test]
    public void Files_are_followed_after_a_server_with_an_older_clock_has_used_them()
    {
        using var first = TestCertificates.Make("first.test");
        using var second = TestCertificates.Make("second.test.longer");
        TestCertificates.WritePem(first, InFolder("cert.pem"), InFolder("key.pem"));
        var certificate = ServerCertificate.FromPem(InFolder("cert.pem"), InFolder("key.pem"));
        certificate.Current(now: 1_000_000, NullLogger.Instance);
        TestCertificates.WritePem(second, InFolder("cert.pem"), InFolder("key.pem"));

        Assert.That(certificate.Current(now: 5, NullLogger.Instance).TargetCertificate.Subject, Is.EqualTo("CN=second.test.longer"));
    }

    [Test]
    public async Task The_certificate_of_a_client_is_known_after_it_has_gone()
    {
        await using var server = new TestServer(https: new HttpsOptions
        {
            Certificate = ServerCertificate.SelfSigned(),
            ClientCertificates = ClientCertificates.Required,
            AcceptClientCertificate = (_, _) => true,
        });
        using var own = TestCertificates.Make("client.test");
        var subject = new TaskCompletionSource<string?>();
        server.Http.Map("GET /", async (request, response) =>
        {
            await Patience.UntilAsync(
                async () =>
                {
                    try
                    {
                        await response.FlushAsync();
                    }
                    catch (OperationCanceledException)
                    {
                        return true;
                    }
                    return false;
                },
                "the connection is cut");
            try
            {
                subject.SetResult(request.ClientCertificate?.Subject);
            }
            catch (ObjectDisposedException e)
            {
                subject.SetException(e);
            }
        });
        var options = TestCertificates.TrustAll();
        options.ClientCertificates = [X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null)];
        var client = await server.ConnectTlsAsync(options);
        await client.AskAsync("/");
        await client.ReadUntilAsync("\r\n\r\n");

        await server.Http.StopAsync(new CancellationToken(canceled: true)).Within();

        Assert.That(await subject.Task.Within(), Is.EqualTo("CN=client.test"));
    }

    [Test]
    public async Task Those_between_it_and_its_root_are_sent_along()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Authority("CN=root", rootKey).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        using var bareMiddle = Authority("CN=middle", middleKey).Create(root, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), [1]);
        using var middle = bareMiddle.CopyWithPrivateKey(middleKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256).Create(middle, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), [2]);
        await File.WriteAllTextAsync(InFolder("cert.pem"), leaf.ExportCertificatePem() + "\n" + middle.ExportCertificatePem());
        await File.WriteAllTextAsync(InFolder("key.pem"), key.ExportPkcs8PrivateKeyPem());
        await using var server = NewServer(new HttpsOptions { Certificate = ServerCertificate.FromPem(InFolder("cert.pem"), InFolder("key.pem")) });
        string[] sent = [];
        var options = TestCertificates.TrustAll();
        options.RemoteCertificateValidationCallback = (_, _, chain, _) =>
        {
            sent = [.. chain!.ChainPolicy.ExtraStore.Select(one => one.Subject)];
            return true;
        };

        await server.ConnectTlsAsync(options);

        Assert.That(sent, Does.Contain("CN=middle"));
    }

    [Test]
    public async Task The_name_that_a_client_asks_for_selects_it()
    {
        using var one = TestCertificates.Make("one.test");
        using var two = TestCertificates.Make("two.test");
        var other = ServerCertificate.From(two);
        await using var server = NewServer(new HttpsOptions { Certificate = ServerCertificate.From(one), Select = name => name == "two.test" ? other : null });

        Assert.That(await SubjectAsync(server, "two.test"), Is.EqualTo("CN=two.test"));
        Assert.That(await SubjectAsync(server, "one.test"), Is.EqualTo("CN=one.test"));
        Assert.That(await SubjectAsync(server, "three.test"), Is.EqualTo("CN=one.test"));
        Assert.That(await SubjectAsync(server, ""), Is.EqualTo("CN=one.test"));
    }

    [Test]
    public async Task A_selector_that_fails_is_logged_and_the_server_goes_on()
    {
        await using var server = NewServer(new HttpsOptions { Certificate = ServerCertificate.SelfSigned(), Select = name => name == "bad.test" ? throw new FormatException("mine") : null });

        Assert.That(async () => await SubjectAsync(server, "bad.test"), Throws.InstanceOf<IOException>().Or.InstanceOf<AuthenticationException>());
        Assert.That(await SubjectAsync(server, "localhost"), Is.EqualTo("CN=localhost"));
        await Patience.UntilAsync(() => server.Log.Lines.Any(line => line is { Level: LogLevel.Error, Exception: FormatException }), "it is logged");
    }

    [Test]
    public async Task Files_that_change_are_in_use_from_the_next_handshake_on()
    {
        var time = new ManualTime();
        using var old = TestCertificates.Make("old.test");
        TestCertificates.WritePem(old, InFolder("cert.pem"), InFolder("key.pem"));
        await using var server = NewServer(new HttpsOptions { Certificate = ServerCertificate.FromPem(InFolder("cert.pem"), InFolder("key.pem")) }, time);
        await server.StartAsync();
        time.AdvanceSeconds(5);
        var open = await server.ConnectTlsAsync();
        Assert.That(await SubjectAsync(server, "x"), Is.EqualTo("CN=old.test"));

        using var renewed = TestCertificates.Make("a-renewed-one.test");
        TestCertificates.WritePem(renewed, InFolder("cert.pem"), InFolder("key.pem"));
        Assert.That(await SubjectAsync(server, "x"), Is.EqualTo("CN=old.test"), "they are not looked at for every handshake");
        time.AdvanceSeconds(2);

        Assert.That(await SubjectAsync(server, "x"), Is.EqualTo("CN=a-renewed-one.test"));
        Assert.That((await open.GetAsync("/")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Files_that_change_and_cannot_be_used_leave_it_at_the_old_one()
    {
        var time = new ManualTime();
        using var old = TestCertificates.Make("old.test");
        TestCertificates.WritePem(old, InFolder("cert.pem"), InFolder("key.pem"));
        var certificate = ServerCertificate.FromPem(InFolder("cert.pem"), InFolder("key.pem"));
        await using var server = NewServer(new HttpsOptions { Certificate = certificate }, time);
        await server.StartAsync();
        await File.WriteAllTextAsync(InFolder("cert.pem"), "nothing");
        time.AdvanceSeconds(5);

        Assert.That(await SubjectAsync(server, "x"), Is.EqualTo("CN=old.test"));
        Assert.That(server.Log.Lines.Count(line => line.Id == 5), Is.EqualTo(1));
        Assert.That(certificate.Reload, Throws.InstanceOf<CryptographicException>());
        Assert.That(certificate.Certificate.Subject, Is.EqualTo("CN=old.test"));
    }

    [TestCase(ClientCertificates.None, true, "none")]
    [TestCase(ClientCertificates.Allowed, false, "none")]
    [TestCase(ClientCertificates.Allowed, true, "CN=me.test")]
    [TestCase(ClientCertificates.Required, true, "CN=me.test")]
    public async Task A_client_may_show_a_certificate(ClientCertificates mode, bool shows, string seen)
    {
        using var mine = TestCertificates.Make("me.test");
        await using var server = NewServer(new HttpsOptions
        {
            Certificate = ServerCertificate.SelfSigned(),
            ClientCertificates = mode,
            AcceptClientCertificate = (certificate, errors) => errors != SslPolicyErrors.None && certificate.Thumbprint == mine.Thumbprint,
        });
        var client = await server.ConnectTlsAsync(shows ? Showing(mine) : TestCertificates.TrustAll());

        Assert.That((await client.GetAsync("/")).Text, Is.EqualTo(seen));
    }

    [TestCase(ClientCertificates.Required, false, true)]
    [TestCase(ClientCertificates.Required, true, false)]
    [TestCase(ClientCertificates.Allowed, true, false)]
    public async Task A_client_without_a_good_one_is_refused(ClientCertificates mode, bool shows, bool accepts)
    {
        using var mine = TestCertificates.Make("me.test");
        await using var server = NewServer(new HttpsOptions
        {
            Certificate = ServerCertificate.SelfSigned(),
            ClientCertificates = mode,
            AcceptClientCertificate = accepts ? (_, _) => true : null, // The machine does not trust it.
        });

        Assert.That(
            async () =>
            {
                var client = await server.ConnectTlsAsync(shows ? Showing(mine) : TestCertificates.TrustAll());
                await client.GetAsync("/"); // In TLS 1.3 the client hears of it after its handshake.
            },
            Throws.InstanceOf<IOException>().Or.InstanceOf<AuthenticationException>());
        await server.UntilIdleAsync();
        server.Log.AssertQuiet(LogLevel.Warning);
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    private static TestServer NewServer(HttpsOptions https, TimeProvider? time = null)
    {
        var server = new TestServer(https: https, time: time);
        server.Http.Map("GET /", request => request.ClientCertificate?.Subject ?? "none");
        return server;
    }

    private static async Task<string> ServedAsync(ServerCertificate certificate)
    {
        await using var server = NewServer(new HttpsOptions { Certificate = certificate });
        return await SubjectAsync(server, "x");
    }

    private static async Task<string> SubjectAsync(TestServer server, string name)
    {
        var client = await server.ConnectTlsAsync(TestCertificates.TrustAll(name));
        return client.Tls.RemoteCertificate!.Subject;
    }

    private static SslClientAuthenticationOptions Showing(X509Certificate2 mine)
    {
        var options = TestCertificates.TrustAll();
        options.ClientCertificates = [mine];
        return options;
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request;
    }
}
