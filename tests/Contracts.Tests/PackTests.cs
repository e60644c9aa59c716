using System.Buffers;
using System.Text;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Contracts.Tests;

public sealed class PackTests
{
    [Test]
    public void Entries_come_out_as_they_went_in()
    {
        (FrameHeader Header, string Body)[] entries =
        [
            (new FrameHeader(MessageKind.Report, 1, 1), """{"events":[]}"""),
            (new FrameHeader(MessageKind.Beat), ""),
            (new FrameHeader(MessageKind.Assign, ulong.MaxValue, ulong.MaxValue), new string('x', 70_000)),
        ];
        ReadOnlyMemory<byte> rest = Packed(entries);

        var read = new List<(FrameHeader, string)>();
        while (Pack.TryRead(ref rest, out var header, out var body))
        {
            read.Add((header, Encoding.UTF8.GetString(body.Span)));
        }

        Assert.That(read, Is.EqualTo(entries));
        Assert.That(rest.IsEmpty, Is.True);
    }

    [Test]
    public void A_cut_pack_leaves_a_rest_at_every_place_of_the_cut()
    {
        var whole = Packed((new FrameHeader(MessageKind.Report, 12, 3), "{}"));
        for (var length = 1; length < whole.Length; length++)
        {
            ReadOnlyMemory<byte> rest = whole.AsMemory(0, length);
            Assert.That(Pack.TryRead(ref rest, out _, out _), Is.False, $"cut at {length}");
            Assert.That(rest.Length, Is.EqualTo(length));
        }
    }

    [Test]
    public void A_pack_within_a_pack_is_refused()
    {
        ReadOnlyMemory<byte> rest = Packed((new FrameHeader(MessageKind.Pack, 0, 1), "{}"));
        Assert.That(Pack.TryRead(ref rest, out _, out _), Is.False);
        Assert.That(rest.IsEmpty, Is.False);
    }

    [TestCase(new byte[] { 0x7F, 0xFF, 0xFF, 0xFF })]
    [TestCase(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })]
    [TestCase(new byte[] { 0x80, 0x00, 0x00, 0x00 })]
    [TestCase(new byte[] { 0x00, 0x00, 0x00, 0x03 })]
    public void A_body_length_that_lies_is_refused(byte[] bodyLength)
    {
        var bytes = Packed((new FrameHeader(MessageKind.Bye), "{}"));
        bodyLength.CopyTo(bytes, 1 + "SZ1 Bye".Length);
        ReadOnlyMemory<byte> rest = bytes;
        Assert.That(Pack.TryRead(ref rest, out _, out _), Is.False);
    }

    [Test]
    public void Random_bytes_end_without_an_exception()
    {
        var random = new Random(4711);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = Packed(
                (new FrameHeader(MessageKind.Report, 12, 3), "{}"),
                (new FrameHeader(MessageKind.Beat), "{}")
            );
            for (var flips = 0; flips < 4; flips++)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            ReadOnlyMemory<byte> rest = bytes;
            var read = 0;
            while (Pack.TryRead(ref rest, out _, out _))
            {
                read++;
            }

            Assert.That(read, Is.LessThanOrEqualTo(bytes.Length / 5));
        }
    }

    private static byte[] Packed(params (FrameHeader Header, string Body)[] entries)
    {
        var writer = new ArrayBufferWriter<byte>();
        foreach (var (header, body) in entries)
        {
            Pack.Append(writer, header, Encoding.UTF8.GetBytes(body));
        }

        return writer.WrittenSpan.ToArray();
    }
}
