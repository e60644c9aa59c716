using System.Buffers.Binary;
using System.Text;

namespace ScheduleZero.Zmtp.Wire;

/// <summary>The properties that both sides tell each other in the handshake (RFC 23): names with values.</summary>
internal static class Metadata
{
    public const string SocketType = "Socket-Type";

    /// <summary>Writes the one property that this side tells.</summary>
    public static byte[] Write(string socketType)
    {
        var metadata = new byte[1 + SocketType.Length + 4 + socketType.Length];
        metadata[0] = (byte)SocketType.Length;
        Encoding.ASCII.GetBytes(SocketType, metadata.AsSpan(1));
        BinaryPrimitives.WriteInt32BigEndian(metadata.AsSpan(1 + SocketType.Length), socketType.Length);
        Encoding.ASCII.GetBytes(socketType, metadata.AsSpan(1 + SocketType.Length + 4));
        return metadata;
    }

    /// <summary>
    /// Reads the peer's kind of socket. A peer's Identity is not read: this side chooses routing ids.
    /// </summary>
    /// <returns>False when the bytes are no metadata, or name no kind of socket.</returns>
    public static bool TryReadSocketType(ReadOnlySpan<byte> metadata, out string socketType)
    {
        socketType = "";
        while (!metadata.IsEmpty)
        {
            int nameBytes = metadata[0];
            if (nameBytes == 0 || metadata.Length < 1 + nameBytes + 4)
            {
                return false;
            }

            var name = metadata.Slice(1, nameBytes);
            var valueBytes = BinaryPrimitives.ReadInt32BigEndian(metadata[(1 + nameBytes)..]);
            metadata = metadata[(1 + nameBytes + 4)..];
            if (valueBytes < 0 || valueBytes > metadata.Length)
            {
                return false;
            }

            // Names are compared without regard to case (RFC 23).
            if (Ascii.EqualsIgnoreCase(name, "Socket-Type"u8))
            {
                socketType = Encoding.ASCII.GetString(metadata[..valueBytes]);
            }

            metadata = metadata[valueBytes..];
        }

        return socketType.Length > 0;
    }
}
