using System.Buffers.Binary;
using System.Text;

namespace ScheduleZero.Acme.Challenges;

/// <summary>Tells a CA's handshake for TLS-ALPN-01 from those of clients, by the first bytes of the connection.
/// </summary>
internal static class AcmeHandshake
{
    private const byte HandshakeRecord = 22;
    private const byte ClientHello = 1;
    private const ushort AlpnExtension = 16;

    private static readonly byte[] Protocol = Encoding.ASCII.GetBytes(AlpnChallengeResponses.Protocol);

    /// <summary>Whether a ClientHello offers the CA's protocol and no other (RFC 8737, 3). Bytes that are no whole
    /// ClientHello are not the CA's.</summary>
    /// <param name="record">The first record of the connection, with its header of 5 bytes.</param>
    public static bool IsIn(ReadOnlySpan<byte> record)
    {
        // Record: type, version, length. Handshake: type, length of 3 bytes. ClientHello: version, 32 random bytes.
        if (record.Length < 43 || record[0] != HandshakeRecord || record[5] != ClientHello)
        {
            return false;
        }

        var rest = record[43..];
        // The session's id, the cipher suites, the ways of compression; then the extensions.
        if (!Take(ref rest, 1, out _) || !Take(ref rest, 2, out _) || !Take(ref rest, 1, out _))
        {
            return false;
        }

        if (!Take(ref rest, 2, out var extensions))
        {
            return false;
        }

        while (extensions.Length > 2)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!Take(ref extensions, 2, out var extension))
            {
                return false;
            }

            if (type == AlpnExtension)
            {
                return Take(ref extension, 2, out var list)
                    && Take(ref list, 1, out var only)
                    && list.IsEmpty
                    && only.SequenceEqual(Protocol);
            }
        }

        return false;
    }

    /// <summary>Takes a field that begins with its own length.</summary>
    private static bool Take(ref ReadOnlySpan<byte> rest, int lengthBytes, out ReadOnlySpan<byte> field)
    {
        field = default;
        if (rest.Length < lengthBytes)
        {
            return false;
        }

        var length = lengthBytes == 1 ? rest[0] : BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (rest.Length < lengthBytes + length)
        {
            return false;
        }

        field = rest.Slice(lengthBytes, length);
        rest = rest[(lengthBytes + length)..];
        return true;
    }
}
