using ScheduleZero.Zmtp.Curve;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Tests;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CipherTests
{
    private readonly byte[] _key = CurveKeyPair.Generate().Secret.ToArray();

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(1000)]
    public void What_one_side_seals_the_other_opens(int bytes)
    {
        var payload = new byte[bytes];
        new Random(bytes).NextBytes(payload);
        var frame = Seal(Client(), payload, FrameFlags.More);
        Assert.That(Server().TryOpen(frame, out var flags, out var opened), Is.True);
        Assert.That(opened.ToArray(), Is.EqualTo(payload));
        Assert.That(flags, Is.EqualTo(FrameFlags.More));
    }

    [Test]
    public void An_altered_frame_does_not_open_wherever_it_was_altered()
    {
        var frame = Seal(Client(), [1, 2, 3], FrameFlags.None);
        for (var i = 0; i < frame.Length; i++)
        {
            var altered = frame.ToArray();
            altered[i] ^= 0x40;
            Assert.That(Server().TryOpen(altered, out _, out _), Is.False, $"Byte {i}.");
        }
    }

    [Test]
    public void A_cut_frame_does_not_open_wherever_it_was_cut()
    {
        var frame = Seal(Client(), [1, 2, 3], FrameFlags.None);
        for (var length = 0; length < frame.Length; length++)
        {
            Assert.That(Server().TryOpen(frame.AsSpan(0, length), out _, out _), Is.False, $"{length} bytes.");
        }
    }

    [Test]
    public void A_repeated_frame_opens_once()
    {
        var server = Server();
        var frame = Seal(Client(), [1], FrameFlags.None);
        Assert.That(server.TryOpen(frame, out _, out _), Is.True);
        Assert.That(server.TryOpen(frame, out _, out _), Is.False);
    }

    [Test]
    public void A_frame_that_a_later_one_has_overtaken_does_not_open()
    {
        var (client, server) = (Client(), Server());
        var first = Seal(client, [1], FrameFlags.None);
        var second = Seal(client, [2], FrameFlags.None);
        Assert.That(server.TryOpen(second, out _, out _), Is.True);
        Assert.That(server.TryOpen(first, out _, out _), Is.False);
    }

    [Test]
    public void A_frame_that_comes_back_to_its_sender_does_not_open()
    {
        var frame = Seal(Client(), [1], FrameFlags.None);
        Assert.That(Client().TryOpen(frame, out _, out _), Is.False);
    }

    private CurveCipher Client() => new([.. _key], isServer: false, @sealed: 2, opened: 1);

    private CurveCipher Server() => new([.. _key], isServer: true, @sealed: 1, opened: 2);

    private static byte[] Seal(CurveCipher cipher, byte[] payload, FrameFlags flags)
    {
        var frame = new byte[payload.Length + CurveCipher.OverheadBytes];
        cipher.Seal(payload, flags, frame);
        return frame;
    }
}
