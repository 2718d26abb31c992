using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using RawStream.Tls;
using RawStream.Transport;

namespace RawStream;

/// <summary>HTTPS: how a server speaks TLS. A program that makes none of these does not carry it.</summary>
public sealed class HttpsOptions
{
    private static readonly List<SslApplicationProtocol> Protocol = [SslApplicationProtocol.Http11];

    /// <summary>The certificate of clients that name no server, or none that <see cref="Select"/> knows.</summary>
    public required ServerCertificate Certificate { get; init; }

    /// <summary>The certificate for the server name that a client asks for (SNI, RFC 6066 §3); null leaves it at <see cref="Certificate"/>.</summary>
    public Func<string, ServerCertificate?>? Select { get; init; }

    /// <summary>TLS 1.2 and 1.3 by default; older ones are broken (RFC 8996).</summary>
    public SslProtocols Protocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>
    /// The cipher suites; null, the default, leaves them to the framework: with forward secrecy, AES-GCM and ChaCha20 first. A list of one's own takes the resumption of sessions and
    /// 11 KB more for each connection, since each gets a context of its own. Windows has only the list of the machine.
    /// </summary>
    public CipherSuitesPolicy? CipherSuites { get; init; }

    /// <summary>Whether clients are asked for a certificate; by default they are not.</summary>
    public ClientCertificates ClientCertificates { get; init; }

    /// <summary>
    /// Whether a client's certificate is good, beside what the machine thinks of it; by default it is good when the machine trusts it. Without a certificate it is not asked.
    /// </summary>
    public Func<X509Certificate2, SslPolicyErrors, bool>? AcceptClientCertificate { get; init; }

    internal Connection Secure(Connection connection, TransportLimits limits, ILogger logger) => new TlsConnection(connection, this, limits, logger);

    internal SslServerAuthenticationOptions Choose(string? serverName, long now, ILogger logger)
    {
        var certificate = serverName is { Length: > 0 } ? Select?.Invoke(serverName) ?? Certificate : Certificate;
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate.Current(now, logger),
            EnabledSslProtocols = Protocols,
            CipherSuitesPolicy = CipherSuites,
            ApplicationProtocols = Protocol,
            AllowRenegotiation = false,
            ClientCertificateRequired = ClientCertificates != ClientCertificates.None,
            RemoteCertificateValidationCallback = ClientCertificates == ClientCertificates.None ? null : (_, client, _, errors) => Accept(client, errors),
        };
    }

    private bool Accept(X509Certificate? client, SslPolicyErrors errors)
    {
        if (client is not X509Certificate2 certificate) return ClientCertificates == ClientCertificates.Allowed;
        return AcceptClientCertificate is null ? errors == SslPolicyErrors.None : AcceptClientCertificate(certificate, errors);
    }
}

/// <summary>Whether clients show a certificate of their own.</summary>
public enum ClientCertificates
{
    /// <summary>They are not asked for one.</summary>
    None,

    /// <summary>They are asked, and may have none; <see cref="Request.ClientCertificate"/> tells.</summary>
    Allowed,

    /// <summary>Without one there is no connection.</summary>
    Required,
}
