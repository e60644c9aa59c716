using System.Security.Cryptography;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Host.Tests.Audit;

/// <summary>A signer whose key lives as long as the test.</summary>
internal sealed class TestSigner : IAuditSigner
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string KeyId => PublicKey.Kid;

    public AuditKey PublicKey => CheckpointKeys.PublicOf(_key);

    /// <summary>Whether the key cannot sign.</summary>
    public bool Fails { get; set; }

    public byte[] Sign(ReadOnlySpan<byte> text) =>
        Fails
            ? throw new CryptographicException("The key is gone.")
            : _key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
}
