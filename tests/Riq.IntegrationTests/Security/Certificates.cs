using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Riq.IntegrationTests.Security;

/// <summary>Two authorities, and a certificate for <c>localhost</c> and no other name, which the first one has signed.</summary>
sealed class Certificates : IDisposable
{
    static readonly DateTimeOffset From = TimeProvider.System.GetUtcNow().AddDays(-1), Until = From.AddDays(30);

    public Certificates()
    {
        // Readable for the servers' users, who are others.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        using var key = RSA.Create(2048);
        using var authority = Authority("RIQ test", key);
        using var other = Authority("Somebody else", RSA.Create(2048));
        Write("ca.crt", authority.ExportCertificatePem());
        Write("other.crt", other.ExportCertificatePem());

        using var serverKey = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", serverKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, false));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var server = request.Create(authority, From, Until.AddDays(-1), [1, 2, 3, 4]);
        Write("server.crt", server.ExportCertificatePem());
        Write("server.key", serverKey.ExportPkcs8PrivateKeyPem());
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("riq-tls-").FullName;

    public string Authority() => Path.Combine(Folder, "ca.crt");

    public string OtherAuthority() => Path.Combine(Folder, "other.crt");

    static X509Certificate2 Authority(string name, RSA key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return request.CreateSelfSigned(From, Until);
    }

    void Write(string name, string pem) => File.WriteAllText(Path.Combine(Folder, name), pem + "\n");

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
