using System.Buffers.Binary;
using System.Security.Cryptography;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Triggers;

/// <summary>
/// Makes the id of the job of an occurrence: a version 7 UUID whose time is the nominal instant and whose rest is a
/// hash over schedule and instant. The same occurrence always has the same id, so the store cannot hold it twice.
/// </summary>
public static class OccurrenceId
{
    public static JobId Of(ScheduleId schedule, DateTimeOffset nominal)
    {
        Span<byte> named = stackalloc byte[24];
        schedule.Value.TryWriteBytes(named, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(named[16..], nominal.UtcTicks);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(named, hash);

        Span<byte> id = stackalloc byte[16];
        hash[..16].CopyTo(id);
        BinaryPrimitives.WriteUInt16BigEndian(id, (ushort)(nominal.ToUnixTimeMilliseconds() >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(id[2..], (uint)nominal.ToUnixTimeMilliseconds());
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new JobId(new Guid(id, bigEndian: true));
    }

    /// <summary>
    /// The effective instant of an occurrence. The jitter's share comes from the id, so that it is the same after an
    /// edit or a start of the Broker.
    /// </summary>
    public static DateTimeOffset Effective(JobId id, DateTimeOffset nominal, TimeSpan jitter)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        // The share is a part of the hash, and below 1.
        var chance = BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]) / (uint.MaxValue + 1d);
        return nominal + TimeSpan.FromTicks((long)(jitter.Ticks * chance));
    }
}
