using System.Text;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Contracts.Tests;

public sealed class FrameHeaderTests
{
    [TestCase(MessageKind.Hello, 0ul, 0ul, "SZ1 Hello")]
    [TestCase(MessageKind.Hello, 42ul, 0ul, "SZ1 Hello c42")]
    [TestCase(MessageKind.Report, 42ul, 7ul, "SZ1 Report c42 7")]
    [TestCase(MessageKind.Pack, 0ul, 7ul, "SZ1 Pack - 7")]
    [TestCase(
        MessageKind.BridgeChallenge,
        ulong.MaxValue,
        ulong.MaxValue,
        "SZ1 BridgeChallenge c18446744073709551615 18446744073709551615"
    )]
    public void A_header_is_written_as_the_protocol_says_and_read_back(
        MessageKind kind,
        ulong connection,
        ulong sequence,
        string text
    )
    {
        var header = new FrameHeader(kind, connection, sequence);
        Assert.That(Encoding.ASCII.GetString(header.ToFrame()), Is.EqualTo(text));
        Assert.That(FrameHeader.TryParse(Encoding.ASCII.GetBytes(text), out var read), Is.True);
        Assert.That(read, Is.EqualTo(header));
    }

    [Test]
    public void Every_kind_survives_the_round_trip_at_its_longest([Values] MessageKind kind)
    {
        var header = new FrameHeader(kind, ulong.MaxValue, ulong.MaxValue);
        Assert.That(header.ToFrame(), Has.Length.LessThanOrEqualTo(FrameHeader.LengthMax));
        Assert.That(FrameHeader.TryParse(header.ToFrame(), out var read), Is.True);
        Assert.That(read, Is.EqualTo(header));
    }

    [TestCase("")]
    [TestCase("SZ1")]
    [TestCase("SZ1 ")]
    [TestCase("SZ2 Hello")]
    [TestCase("sz1 Hello")]
    [TestCase("SZ1 hello")]
    [TestCase("SZ1 Hell")]
    [TestCase("SZ1 Helloo")]
    [TestCase("SZ1  Hello")]
    [TestCase("SZ1 Hello ")]
    [TestCase("SZ1 Hello c")]
    [TestCase("SZ1 Hello c0")]
    [TestCase("SZ1 Hello 42")]
    [TestCase("SZ1 Hello c-1")]
    [TestCase("SZ1 Hello c42 ")]
    [TestCase("SZ1 Hello c42 x")]
    [TestCase("SZ1 Hello c42 -1")]
    [TestCase("SZ1 Hello c42 7 8")]
    [TestCase("SZ1 Hello c42x 7")]
    [TestCase("SZ1 Hello c18446744073709551616")]
    [TestCase("SZ1 Hello c42 7\n")]
    [TestCase("SZ1 Hello c000000000000000000000000000000000000000000000000000000000042")]
    public void Anything_else_is_refused(string text)
    {
        Assert.That(FrameHeader.TryParse(Encoding.ASCII.GetBytes(text), out var header), Is.False);
        Assert.That(header, Is.EqualTo(default(FrameHeader)));
    }

    [Test]
    public void Random_bytes_are_refused_without_an_exception()
    {
        var random = new Random(4711);
        var buffer = new byte[80];
        for (var i = 0; i < 20_000; i++)
        {
            var length = random.Next(buffer.Length);
            random.NextBytes(buffer);
            "SZ1 "u8.CopyTo(buffer);
            Assert.That(FrameHeader.TryParse(buffer.AsSpan(0, length), out _), Is.False);
        }
    }
}
