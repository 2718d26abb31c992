using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using RawStream.Diagnostics;

namespace RawStream;

/// <summary>
/// A certificate with its private key, and those between it and its root. One that came from files follows them: when they have changed, the next handshake gets the new one, and
/// connections that are open go on as they are.
/// </summary>
public sealed class ServerCertificate
{
    // Files are looked at no more often than this, in milliseconds.
    private const long FileCheckPeriod = 1000;

    private readonly Func<SslStreamCertificateContext> _load;
    private readonly string[] _files;
    private readonly Lock _gate = new();
    private volatile SslStreamCertificateContext _current;
    private string _stamp;
    private long _checkedAt;

    private ServerCertificate(Func<SslStreamCertificateContext> load, params string[] files)
    {
        _load = load;
        _files = files;
        _stamp = Stamp();
        _current = load();
    }

    /// <summary>From PEM files (RFC 7468), as certbot and most others write them.</summary>
    /// <param name="certificateFile">The certificate, and after it those between it and its root.</param>
    /// <param name="keyFile">Its private key.</param>
    /// <param name="password">Of the key, if it is encrypted.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">There is no certificate or no key in them, or they do not belong to each other.</exception>
    public static ServerCertificate FromPem(string certificateFile, string keyFile, string? password = null)
    {
        ArgumentNullException.ThrowIfNull(certificateFile);
        ArgumentNullException.ThrowIfNull(keyFile);
        return new ServerCertificate(
            () =>
            {
                using var own = LoadPem(certificateFile, keyFile, password);
                var chain = new X509Certificate2Collection();
                chain.ImportFromPemFile(certificateFile);
                return Context(own, chain);
            },
            certificateFile,
            keyFile);
    }

    /// <summary>From a PKCS #12 file (RFC 7292): <c>.pfx</c> or <c>.p12</c>.</summary>
    /// <param name="file">Holds the certificate and its private key.</param>
    /// <param name="password">Of the file, if it has one.</param>
    /// <inheritdoc cref="FromPem" path="/exception"/>
    public static ServerCertificate FromPfx(string file, string? password = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new ServerCertificate(
            () =>
            {
                var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(file, password);
                var own = all.FirstOrDefault(one => one.HasPrivateKey) ?? throw new CryptographicException($"There is no private key in '{file}'.");
                return Context(own, all);
            },
            file);
    }

    /// <summary>One that the program has already.</summary>
    /// <param name="certificate">With its private key.</param>
    /// <param name="chain">Those between it and its root.</param>
    /// <exception cref="ArgumentException">It has no private key.</exception>
    public static ServerCertificate From(X509Certificate2 certificate, X509Certificate2Collection? chain = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (!certificate.HasPrivateKey) throw new ArgumentException("The certificate has no private key.", nameof(certificate));
        return new ServerCertificate(() => SslStreamCertificateContext.Create(certificate, chain, offline: true));
    }

    /// <summary>Makes one for development, which no client trusts by itself: for localhost and both loopback addresses, for a year.</summary>
    public static ServerCertificate SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], false)); // RFC 5280 §4.2.1.12
        var now = TimeProvider.System.GetUtcNow();
        using var own = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
        var context = Context(own, []);
        return new ServerCertificate(() => context);
    }

    /// <summary>The certificate that the next handshake gets.</summary>
    public X509Certificate2 Certificate => _current.TargetCertificate;

    /// <summary>Reads the files now. If that fails, the certificate stays what it was.</summary>
    /// <inheritdoc cref="FromPem" path="/exception"/>
    public void Reload()
    {
        lock (_gate)
        {
            var stamp = Stamp();
            _current = _load();
            _stamp = stamp;
        }
    }

    /// <param name="now">Milliseconds, from any start.</param>
    /// <param name="logger">Is told when the files have changed, but cannot be used.</param>
    internal SslStreamCertificateContext Current(long now, ILogger logger)
    {
        // A time in the future is that of another server, which was made earlier.
        if (_files.Length == 0 || now - Volatile.Read(ref _checkedAt) is >= 0 and < FileCheckPeriod) return _current;
        lock (_gate)
        {
            _checkedAt = now;
            var stamp = Stamp();
            if (stamp == _stamp) return _current;
            _stamp = stamp; // Also when it cannot be used: it is tried again when it changes again, as it does while two files are being replaced.
            try
            {
                _current = _load();
                Log.CertificateReloaded(logger, _files[0]);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                Log.CertificateNotReloaded(logger, e, _files[0]);
            }
        }
        return _current;
    }

    private static X509Certificate2 LoadPem(string certificateFile, string keyFile, string? password)
    {
        try
        {
            return password is null
                ? X509Certificate2.CreateFromPemFile(certificateFile, keyFile)
                : X509Certificate2.CreateFromEncryptedPemFile(certificateFile, password, keyFile);
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException($"The key in '{keyFile}' is not that of the certificate in '{certificateFile}'.", e);
        }
    }

    private string Stamp() => string.Join(' ', _files.Select(file => $"{File.GetLastWriteTimeUtc(file).Ticks} {(File.Exists(file) ? new FileInfo(file).Length : -1)}"));

    private static SslStreamCertificateContext Context(X509Certificate2 own, X509Certificate2Collection chain)
    {
        // On Windows a key that is only in memory cannot serve; elsewhere this is a copy.
        var kept = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null);
        return SslStreamCertificateContext.Create(kept, chain, offline: true);
    }
}
