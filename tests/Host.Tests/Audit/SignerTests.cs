using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using ScheduleZero.Broker.Host;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Host.Tests.Audit;

[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SignerTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-signer").FullName;

    private string KeyFile => Path.Combine(_folder, FileAuditSigner.FileName);

    private string ProtectionFolder => Path.Combine(_folder, FileAuditSigner.ProtectionFolder);

    [TearDown]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_key_is_made_once_and_its_signatures_are_the_public_keys()
    {
        byte[] signature;
        string keyId;
        using (var first = FileAuditSigner.Open(_folder))
        {
            (signature, keyId) = (first.Sign("text"u8), first.KeyId);
        }

        using var second = FileAuditSigner.Open(_folder);
        Assert.That(second.KeyId, Is.EqualTo(keyId));
        Assert.That(CheckpointKeys.IsKey(second.PublicKey), Is.True);
        Assert.That(signature, Has.Length.EqualTo(64));
        using var ecdsa = ECDsa.Create(
            new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = Decode(second.PublicKey.X), Y = Decode(second.PublicKey.Y) },
            }
        );
        Assert.That(ecdsa.VerifyData("text"u8, signature, HashAlgorithmName.SHA256), Is.True);
        Assert.That(ecdsa.VerifyData("texts"u8, signature, HashAlgorithmName.SHA256), Is.False);
    }

    [Test]
    [Platform("Linux,MacOsX")]
    [UnsupportedOSPlatform("windows")]
    public void Files_are_for_their_owner_alone_and_hold_no_key_in_the_clear()
    {
        FileAuditSigner.Open(_folder).Dispose();
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.That(File.GetUnixFileMode(ProtectionFolder), Is.EqualTo(Owner | UnixFileMode.UserExecute));
        string[] files = [KeyFile, .. Directory.GetFiles(ProtectionFolder)];
        Assert.That(files, Has.Length.GreaterThan(1));
        Assert.That(files.Select(File.GetUnixFileMode), Has.All.EqualTo(Owner));
        using var key = ECDsa.Create();
        Assert.That(
            () => key.ImportPkcs8PrivateKey(File.ReadAllBytes(KeyFile), out _),
            Throws.InstanceOf<CryptographicException>()
        );
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_key_that_cannot_be_opened_stops_the_start_with_a_way_out(bool isKeyBroken)
    {
        FileAuditSigner.Open(_folder).Dispose();
        if (isKeyBroken)
        {
            File.WriteAllBytes(KeyFile, Encoding.UTF8.GetBytes("nonsense"));
        }
        else
        {
            Directory.Delete(ProtectionFolder, recursive: true);
        }

        Assert.That(
            () => FileAuditSigner.Open(_folder),
            Throws.TypeOf<BrokerSettingsException>().With.Message.Contains(KeyFile).And.Message.Contains("backup")
        );
    }

    private static byte[] Decode(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}
