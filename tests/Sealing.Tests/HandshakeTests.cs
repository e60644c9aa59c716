using System.Buffers.Text;
using System.Security.Cryptography;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Sealing.Tests;

/// <summary>The handshake from which the keys of a sealed session come.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class HandshakeTests
{
    [Test]
    public void Every_session_has_keys_of_its_own()
    {
        using var one = new Sides();
        using var other = new Sides();
        Assert.That(Sides.Seal(one.Handler, "{}"), Is.Not.EqualTo(Sides.Seal(other.Handler, "{}")));
    }

    [Test]
    public void The_keys_hang_on_every_word_of_the_handshake()
    {
        using var handler = SealHandshake.Begin();
        using var broker = SealHandshake.Begin();
        handler.TryFinish(broker.PublicKey, "one word", isBroker: false, SealBounds.Default, out var ofHandler);
        broker.TryFinish(handler.PublicKey, "another", isBroker: true, SealBounds.Default, out var ofBroker);
        using (ofHandler)
        using (ofBroker)
        {
            var fault = ofBroker!.Inward.Open(
                MessageKind.Hello,
                ofHandler!.Seal(MessageKind.Hello, "{}"u8),
                new SealScratch(),
                out _
            );
            Assert.That(fault, Is.EqualTo(SealFault.Foreign));
        }
    }

    [Test]
    public void A_key_that_is_no_point_of_the_curve_is_refused()
    {
        using var handshake = SealHandshake.Begin();
        var bytes = Base64Url.DecodeFromChars(handshake.PublicKey);
        bytes[^1] ^= 1;
        using var large = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP384);
        string[] wrong =
        [
            "",
            "off",
            "AAAA",
            Base64Url.EncodeToString(bytes),
            Base64Url.EncodeToString(large.ExportSubjectPublicKeyInfo()),
            $"{handshake.PublicKey}=",
            new string('A', 100_000),
        ];
        foreach (var key in wrong)
        {
            Assert.That(handshake.TryFinish(key, "t", true, SealBounds.Default, out var channel), Is.False, key);
            Assert.That(channel, Is.Null);
        }
    }

    [Test]
    public void The_Brokers_answer_is_signed_over_both_keys_the_nonce_and_both_names()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var broker = CheckpointKeys.PublicOf(key);
        var (nonce, offer) = (new Nonce("n", "b"), new SealOffer("ours"));
        var signature = SealProofs.Sign(SealProofs.TextOfAnswer("k", nonce, offer, "theirs"), Sign);
        bool IsSigned(string text) => SealProofs.IsSignedBy(broker, text, signature);

        Assert.That(IsSigned(SealProofs.TextOfAnswer("k", nonce, offer, "theirs")), Is.True);
        string[] others =
        [
            SealProofs.TextOfAnswer("k2", nonce, offer, "theirs"),
            SealProofs.TextOfAnswer("k", nonce with { Value = "n2" }, offer, "theirs"),
            SealProofs.TextOfAnswer("k", nonce with { BrokerId = "b2" }, offer, "theirs"),
            SealProofs.TextOfAnswer("k", nonce, new SealOffer("mine"), "theirs"),
            SealProofs.TextOfAnswer("k", nonce, offer, "mine"),
            SealProofs.TextOfAnswer("k", nonce, offer, null),
        ];
        foreach (var text in others)
        {
            Assert.That(IsSigned(text), Is.False, text);
        }

        Assert.That(SealProofs.IsSignedBy(broker, "text", null), Is.False);
        Assert.That(SealProofs.IsSignedBy(broker, "text", "not base64url!"), Is.False);

        byte[] Sign(byte[] text) =>
            key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}
