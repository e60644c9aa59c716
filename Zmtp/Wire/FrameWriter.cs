using System.Buffers.Binary;

namespace ScheduleZero.Zmtp.Wire;

/// <summary>Writes the header of a frame (RFC 23).</summary>
internal static class FrameWriter
{
    public const int HeaderBytesMax = 9;

    public static int HeaderBytes(int payloadBytes) => payloadBytes <= byte.MaxValue ? 2 : HeaderBytesMax;

    /// <returns>The bytes that were written.</returns>
    public static int WriteHeader(Span<byte> destination, FrameFlags flags, int payloadBytes)
    {
        if (payloadBytes <= byte.MaxValue)
        {
            destination[0] = (byte)flags;
            destination[1] = (byte)payloadBytes;
            return 2;
        }

        destination[0] = (byte)(flags | FrameFlags.Long);
        BinaryPrimitives.WriteUInt64BigEndian(destination[1..], (ulong)payloadBytes);
        return HeaderBytesMax;
    }

    /// <summary>Makes a frame whole, for the few that are no part of a message.</summary>
    public static byte[] Whole(FrameFlags flags, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[HeaderBytes(payload.Length) + payload.Length];
        payload.CopyTo(frame.AsSpan(WriteHeader(frame, flags, payload.Length)));
        return frame;
    }
}
