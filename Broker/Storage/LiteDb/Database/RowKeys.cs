using System.Buffers.Binary;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Database;

/// <summary>Makes the keys of rows. Keys sort as bytes: ids and numbers are big-endian.</summary>
internal static class RowKeys
{
    public static byte[] Of(Guid id)
    {
        var key = new byte[16];
        id.TryWriteBytes(key, bigEndian: true, out _);
        return key;
    }

    public static byte[] Of(JobId id) => Of(id.Value);

    public static byte[] Of(Guid id, long number)
    {
        var key = new byte[24];
        id.TryWriteBytes(key, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(16), number);
        return key;
    }

    public static byte[] Of(DateTimeOffset at, JobId id)
    {
        var key = new byte[24];
        BinaryPrimitives.WriteInt64BigEndian(key, at.UtcTicks);
        id.Value.TryWriteBytes(key.AsSpan(8), bigEndian: true, out _);
        return key;
    }

    public static string Of(string ns, string name) => ns + "\n" + name;

    /// <summary>The key just below, for a bound that is not included; null below the first key.</summary>
    public static byte[]? Before(byte[] key)
    {
        var before = (byte[])key.Clone();
        for (var i = before.Length - 1; i >= 0; i--)
        {
            if (before[i]-- != 0)
            {
                return before;
            }
        }

        return null;
    }

    /// <summary>The key just above; null after the last key.</summary>
    public static byte[]? After(byte[] key)
    {
        var after = (byte[])key.Clone();
        for (var i = after.Length - 1; i >= 0; i--)
        {
            if (++after[i] != 0)
            {
                return after;
            }
        }

        return null;
    }
}
