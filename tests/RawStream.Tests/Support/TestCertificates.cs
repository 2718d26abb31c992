using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RawStream.Tests.Support;

/// <summary>Certificates that are made for the tests.</summary>
internal static class TestCertificates
{
    /// <summary>With its key, for a server or a client of this name.</summary>
    public static X509Certificate2 Make(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    public static HttpsOptions Options() => new() { Certificate = ServerCertificate.SelfSigned() };

    /// <summary>Writes both PEM files.</summary>
    public static void WritePem(X509Certificate2 certificate, string certificateFile, string keyFile)
    {
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>For a client that only wants to talk.</summary>
    [SuppressMessage("Security", "CA5359", Justification = "Nobody is asked for anything secret.")]
    public static SslClientAuthenticationOptions TrustAll(string host = "localhost") => new()
    {
        TargetHost = host,
        RemoteCertificateValidationCallback = (_, _, _, _) => true,
    };
}
