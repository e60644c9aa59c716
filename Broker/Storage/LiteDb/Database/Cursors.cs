using System.Globalization;

namespace ScheduleZero.Broker.Storage.LiteDb.Database;

/// <summary>The cursors of searches: keys as hexadecimal text.</summary>
internal static class Cursors
{
    public static string Write(byte[] key) => Convert.ToHexStringLower(key);

    /// <summary>Reads a cursor that names a key of so many bytes.</summary>
    /// <exception cref="FormatException">The cursor was not made by this store.</exception>
    public static byte[] Read(string cursor, int bytes)
    {
        var key = Convert.FromHexString(cursor);
        return key.Length == bytes
            ? key
            : throw new FormatException(
                string.Create(CultureInfo.InvariantCulture, $"The cursor has {key.Length} bytes, not {bytes}.")
            );
    }
}
