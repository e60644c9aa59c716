using System.Buffers.Binary;
using System.Numerics;

namespace ScheduleZero.Broker.Storage.LiteDb.Files;

/// <summary>The checksum CRC-32C (RFC 3720, appendix B.4), by which the store's files tell damage.</summary>
internal static class Crc32C
{
    /// <summary>Computes a checksum.</summary>
    /// <param name="seed">The checksum of the bytes before; 0 at the beginning.</param>
    public static uint Of(ReadOnlySpan<byte> bytes, uint seed = 0)
    {
        var crc = ~seed;
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
