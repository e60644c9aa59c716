using System.Buffers.Text;
using System.Security.Cryptography;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Contracts.Tests;

public sealed class KeyProofTests
{
    private const string Prefix = "3059301306072A8648CE3D020106082A8648CE3D03010703420004";

    // A point of the curve: the generator.
    private const string X = "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296";
    private const string Y = "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";

    private static readonly string Zero = new('0', 64);

    [Test]
    public void A_P256_key_is_read_and_said_as_it_was()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var text = KeyProofs.Encode(key.ExportSubjectPublicKeyInfo());
        Assert.That(KeyProofs.TryReadPublicKey(text, out var read), Is.True);
        Assert.That(KeyProofs.Encode(read!), Is.EqualTo(text));
        Assert.That(KeyProofs.IsSignedBy(read!, "text", KeyProofs.Sign(key, "text")), Is.True);
        Assert.That(KeyProofs.IsSignedBy(read!, "other", KeyProofs.Sign(key, "text")), Is.False);
    }

    private static IEnumerable<TestCaseData> BadKeys()
    {
        yield return Bad("not on the curve", Prefix + X + Y[..^1] + "4");
        yield return Bad("zero", Prefix + Zero + Zero);
        yield return Bad("infinity", "3019301306072A8648CE3D020106082A8648CE3D030107030200" + "00");
        yield return Bad("coordinates beyond the field", Prefix + new string('F', 64) + new string('F', 64));
        yield return Bad("compressed", "3039301306072A8648CE3D020106082A8648CE3D030107032200" + "03" + X);
        yield return Bad("hybrid", Prefix[..^2] + "07" + X + Y);
        yield return Bad("cut", Prefix + X + Y[..^2]);
        yield return Bad("with more behind", Prefix + X + Y + "00");
        yield return Bad(
            "P-384",
            Convert.ToHexString(ECDsa.Create(ECCurve.NamedCurves.nistP384).ExportSubjectPublicKeyInfo())
        );
        yield return Bad(
            "secp256k1",
            Prefix.Replace("06082A8648CE3D030107", "06052B8104000A", StringComparison.Ordinal) + X + Y
        );
        yield return Bad("RSA", Convert.ToHexString(RSA.Create(2048).ExportSubjectPublicKeyInfo()));
        yield return new TestCaseData("").SetArgDisplayNames("nothing");
        yield return new TestCaseData("not base64url!").SetArgDisplayNames("not base64url");
        yield return new TestCaseData(
            Base64Url.EncodeToString(Convert.FromHexString(Prefix + X + Y)) + "="
        ).SetArgDisplayNames("padded");
    }

    private static TestCaseData Bad(string what, string hex) =>
        new TestCaseData(Base64Url.EncodeToString(Convert.FromHexString(hex))).SetArgDisplayNames(what);

    [TestCaseSource(nameof(BadKeys))]
    public void Anything_but_a_plain_point_of_P256_is_no_key(string text) =>
        Assert.That(KeyProofs.TryReadPublicKey(text, out _), Is.False);

    [Test]
    public void The_generator_is_a_key() =>
        Assert.That(
            KeyProofs.TryReadPublicKey(Base64Url.EncodeToString(Convert.FromHexString(Prefix + X + Y)), out _),
            Is.True
        );

    [Test]
    public void A_token_is_read_as_it_was_shown_and_is_no_api_key()
    {
        var token = EnrolmentToken.Generate();
        Assert.That(EnrolmentToken.TryParse(token.Reveal(), out var read), Is.True);
        Assert.That(
            (read!.Id, Convert.ToHexString(read.SecretHash())),
            Is.EqualTo((token.Id, Convert.ToHexString(token.SecretHash())))
        );
        Assert.That(token.ToString(), Does.EndWith("_…").And.Not.Contain(token.Reveal()[^43..]));
        Assert.That(ApiKey.TryParse(token.Reveal(), out _), Is.False);
        Assert.That(EnrolmentToken.TryParse(ApiKey.Generate().Reveal(), out _), Is.False);
    }
}
