using System.Buffers;
using System.Buffers.Binary;

namespace ScheduleZero.Contracts.Handlers;

/// <summary>
/// A frame of the Bridge link with many messages, since a frame costs as much as a small message. The body of a
/// <c>Pack</c> is a run of entries: one byte header length, the header, four bytes body length (big-endian), the body.
/// A Pack never holds a Pack.
/// </summary>
public static class Pack
{
    /// <summary>The number of bytes at which senders close a pack.</summary>
    public const int BytesTarget = 8 * 1024;

    public static void Append(IBufferWriter<byte> writer, FrameHeader header, ReadOnlySpan<byte> body)
    {
        var span = writer.GetSpan(1 + FrameHeader.LengthMax + 4 + body.Length);
        var headerLength = header.Format(span[1..]);
        span[0] = (byte)headerLength;
        BinaryPrimitives.WriteInt32BigEndian(span[(1 + headerLength)..], body.Length);
        body.CopyTo(span[(5 + headerLength)..]);
        writer.Advance(5 + headerLength + body.Length);
    }

    /// <summary>
    /// Removes the next entry from the front; false at the end, and for bytes that make no sense (then
    /// <paramref name="rest"/> is not empty).
    /// </summary>
    public static bool TryRead(ref ReadOnlyMemory<byte> rest, out FrameHeader header, out ReadOnlyMemory<byte> body)
    {
        header = default;
        body = default;
        var span = rest.Span;
        if (span.Length < 5 || span.Length < 5 + span[0])
        {
            return false;
        }

        int headerLength = span[0];
        var bodyLength = BinaryPrimitives.ReadInt32BigEndian(span[(1 + headerLength)..]);
        if (
            bodyLength < 0
            || bodyLength > span.Length - 5 - headerLength
            || !FrameHeader.TryParse(span.Slice(1, headerLength), out header)
            || header.Kind == MessageKind.Pack
        )
        {
            return false;
        }

        body = rest.Slice(5 + headerLength, bodyLength);
        rest = rest[(5 + headerLength + bodyLength)..];
        return true;
    }
}
