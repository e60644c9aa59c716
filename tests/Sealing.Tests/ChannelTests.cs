using System.Buffers.Text;
using System.Text;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Sealing.Tests;

/// <summary>What both sides of a sealed session send, and what somebody between them may make of it.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ChannelTests
{
    private const int LengthMax = 200_000;

    [Test]
    public void Known_keys_give_the_bodies_that_another_implementation_gives()
    {
        // Computed with Python's cryptography 48, from docs/protocol.md alone.
        using var sides = Sides.Known();
        Assert.That(sides.Handler.Transcript, Is.EqualTo("lelK-7WzruIiv52wLYfLykiSVDpvoirdffa5c2w8m1s"));
        Assert.That(sides.Broker.Transcript, Is.EqualTo(sides.Handler.Transcript));
        (SealedChannel From, MessageKind Kind, string Plain, string Sealed)[] table =
        [
            (sides.Handler, MessageKind.Hello, "{}", "AZXpSvu1s67iAAAAAAAAAAC4dix7I3_O4G8cgo7JyLZzTdA"),
            (
                sides.Handler,
                MessageKind.Report,
                "{\"events\":[]}",
                "AZXpSvu1s67iAAAAAAAAAAGkPc284PhUN9xUjR9Hr4GXfOnB_jGiJRhOQDEG3Q"
            ),
            (
                sides.Broker,
                MessageKind.Welcome,
                "{\"sessionId\":\"s\"}",
                "AZXpSvu1s67iAAAAAAAAAACHRMv4VYqBez6h7qrXtoqBi3btzSr4IIgIdK6w1f32lwc"
            ),
        ];
        foreach (var (from, kind, plain, expected) in table)
        {
            Assert.That(Encoding.ASCII.GetString(Sides.Seal(from, plain, kind)), Is.EqualTo($"\"{expected}\""));
        }
    }

    [Test]
    public void Bodies_of_every_length_come_through_in_both_directions()
    {
        using var sides = new Sides();
        foreach (var length in Enumerable.Range(0, 130).Append(4096).Append(LengthMax).Append(1))
        {
            var plain = new string('x', length);
            Assert.That(sides.Open(sides.Broker, Sides.Seal(sides.Handler, plain)), Is.EqualTo(plain));
            Assert.That(sides.Open(sides.Handler, Sides.Seal(sides.Broker, plain)), Is.EqualTo(plain));
        }
    }

    [Test]
    public void A_body_is_a_JSON_text_in_which_nothing_of_it_can_be_read()
    {
        using var sides = new Sides();
        const string Secret = "{\"secret\":\"a secret that nobody sees\"}";
        var body = Sides.Seal(sides.Handler, Secret);
        Assert.That(Contracts.RawJson.Parse(Encoding.UTF8.GetString(body)).Utf8.ToArray(), Is.EqualTo(body));
        Assert.That(body, Has.Length.EqualTo(SealedBody.LengthOf(Secret.Length)));
        Assert.That(Encoding.Latin1.GetString(BytesIn(body)), Does.Not.Contain("secret"));
    }

    [Test]
    public void A_body_with_one_bit_changed_is_refused_wherever_the_bit_is()
    {
        using var sides = new Sides();
        var body = Sides.Seal(sides.Handler, "{\"percent\":50}");
        var bytes = BytesIn(body);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            var place = bit / 8;
            var expected =
                place == 0 ? "malformed"
                : place < 9 ? "foreign"
                : place < 17 ? "lost"
                : "forged";
            Assert.That(sides.Open(sides.Broker, Body(bytes)), Is.EqualTo(expected), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.That(
            sides.Open(sides.Broker, body),
            Is.EqualTo("{\"percent\":50}"),
            "What was refused changed nothing."
        );
    }

    [Test]
    public void A_body_has_one_text_only()
    {
        using var sides = new Sides();
        for (var length = 0; length < 3; length++)
        {
            var body = Sides.Seal(sides.Handler, new string('x', length));
            for (var i = 0; i < body.Length; i++)
            {
                foreach (var other in " \n=+/.AB_-\"\0\u00ff".Where(other => (byte)other != body[i]))
                {
                    var changed = (byte[])body.Clone();
                    changed[i] = (byte)other;
                    Assert.That(
                        sides.Open(sides.Broker, changed),
                        Is.AnyOf("malformed", "foreign", "lost", "replayed", "forged", "unsealed")
                    );
                }
            }

            Assert.That(sides.Open(sides.Broker, body), Is.EqualTo(new string('x', length)));
        }
    }

    [Test]
    public void A_body_that_is_cut_or_longer_is_refused()
    {
        using var sides = new Sides();
        var body = Sides.Seal(sides.Handler, "{\"percent\":50}");
        for (var length = 0; length < body.Length - 1; length++)
        {
            Assert.That(sides.Open(sides.Broker, body[..length]), Is.AnyOf("malformed", "unsealed"));
            byte[] closed = [.. body[..length], (byte)'"'];
            Assert.That(sides.Open(sides.Broker, closed), Is.AnyOf("malformed", "forged"));
        }

        Assert.That(sides.Open(sides.Broker, [.. body[..^1], .. "AAAA\""u8]), Is.EqualTo("forged"));
        Assert.That(sides.Open(sides.Broker, [.. body, (byte)' ']), Is.EqualTo("malformed"));
        Assert.That(sides.Open(sides.Broker, []), Is.EqualTo("unsealed"));
        Assert.That(sides.Open(sides.Broker, "{}"u8.ToArray()), Is.EqualTo("unsealed"));
    }

    [Test]
    public void A_body_counts_once_and_in_order()
    {
        using var sides = new Sides();
        var bodies = Enumerable.Range(0, 4).Select(i => Sides.Seal(sides.Handler, $"{i}")).ToList();
        Assert.That(sides.Open(sides.Broker, bodies[0]), Is.EqualTo("0"));
        Assert.That(sides.Open(sides.Broker, bodies[0]), Is.EqualTo("replayed"));
        Assert.That(sides.Open(sides.Broker, bodies[2]), Is.EqualTo("lost"), "One was cut out, or comes later.");
        Assert.That(sides.Open(sides.Broker, bodies[1]), Is.EqualTo("1"));
        Assert.That(sides.Open(sides.Broker, bodies[0]), Is.EqualTo("replayed"));
        Assert.That(sides.Open(sides.Broker, bodies[2]), Is.EqualTo("2"));
        Assert.That(sides.Open(sides.Broker, bodies[3]), Is.EqualTo("3"));
    }

    [Test]
    public void A_body_counts_in_its_own_session_only()
    {
        using var one = new Sides(transcript: $"{Sides.Transcript}1");
        using var other = new Sides(transcript: $"{Sides.Transcript}2");
        // The same transcript with other keys, as of somebody who answered in the Broker's place.
        using var twin = new Sides(transcript: $"{Sides.Transcript}1");
        var body = Sides.Seal(one.Handler, "{}");
        Assert.That(other.Open(other.Broker, body), Is.EqualTo("foreign"));
        Assert.That(twin.Open(twin.Broker, body), Is.EqualTo("forged"));
        Assert.That(one.Broker.Inward.IsOfSession(body), Is.True);
        Assert.That(other.Broker.Inward.IsOfSession(body), Is.False);
    }

    [Test]
    public void A_body_counts_in_its_own_direction_only()
    {
        using var sides = new Sides();
        Assert.That(sides.Open(sides.Handler, Sides.Seal(sides.Handler, "{}")), Is.EqualTo("forged"));
        Assert.That(sides.Open(sides.Broker, Sides.Seal(sides.Broker, "{}")), Is.EqualTo("forged"));
    }

    [Test]
    public void A_body_counts_as_the_message_that_it_was_sealed_as([Values] MessageKind kind)
    {
        using var sides = new Sides();
        var body = Sides.Seal(sides.Handler, "{}", kind);
        foreach (var other in Enum.GetValues<MessageKind>().Where(other => other != kind))
        {
            Assert.That(sides.Open(sides.Broker, body, other), Is.EqualTo("forged"), $"{other}");
        }

        Assert.That(sides.Open(sides.Broker, body, kind), Is.EqualTo("{}"));
    }

    [Test]
    public void A_key_seals_so_many_bodies_and_no_more()
    {
        using var sides = new Sides(new SealBounds { BodiesMax = 3 });
        for (var i = 0; i < 3; i++)
        {
            Assert.That(sides.Open(sides.Broker, Sides.Seal(sides.Handler, "{}")), Is.EqualTo("{}"));
        }

        Assert.That(sides.Handler.Seal(MessageKind.Report, "{}"u8), Is.Null);
        Assert.That(sides.Handler.Seal(MessageKind.Report, "{}"u8), Is.Null, "No number is used twice.");
        Assert.That(sides.Broker.Seal(MessageKind.Assign, "{}"u8), Is.Not.Null, "Each direction counts for itself.");
    }

    [Test]
    public void A_key_seals_so_many_bytes_and_no_more()
    {
        using var sides = new Sides(new SealBounds { BytesMax = 100 });
        Assert.That(sides.Open(sides.Broker, Sides.Seal(sides.Handler, new string('x', 90))), Has.Length.EqualTo(90));
        Assert.That(sides.Handler.Seal(MessageKind.Report, new byte[11]), Is.Null);
        Assert.That(sides.Open(sides.Broker, Sides.Seal(sides.Handler, new string('x', 10))), Has.Length.EqualTo(10));
    }

    [Test]
    public void The_bounds_of_a_key_hold_for_whoever_opens_too()
    {
        using var handler = SealHandshake.Begin();
        using var broker = SealHandshake.Begin();
        handler.TryFinish(broker.PublicKey, "t", isBroker: false, SealBounds.Default, out var lax);
        broker.TryFinish(handler.PublicKey, "t", isBroker: true, new SealBounds { BodiesMax = 1 }, out var strict);
        using (lax)
        using (strict)
        {
            var scratch = new SealScratch();
            SealFault Open() =>
                strict!.Inward.Open(MessageKind.Report, lax!.Seal(MessageKind.Report, "{}"u8), scratch, out _);
            Assert.That((Open(), Open()), Is.EqualTo((SealFault.None, SealFault.UsedUp)));
        }
    }

    [Test]
    public void A_session_that_has_ended_seals_and_opens_nothing()
    {
        using var sides = new Sides();
        var body = Sides.Seal(sides.Handler, "{}");
        sides.Handler.Dispose();
        sides.Broker.Dispose();
        Assert.That(sides.Handler.Seal(MessageKind.Report, "{}"u8), Is.Null);
        Assert.That(sides.Open(sides.Broker, body), Is.EqualTo("foreign"));
    }

    private static byte[] BytesIn(byte[] body) => Base64Url.DecodeFromUtf8(body.AsSpan(1, body.Length - 2));

    private static byte[] Body(byte[] bytes) => Encoding.ASCII.GetBytes($"\"{Base64Url.EncodeToString(bytes)}\"");
}
