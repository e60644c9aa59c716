using System.Security.Cryptography;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Host.Api.Jobs.Bulk;

/// <summary>
/// Makes the id of the job that a bulk act makes of an old one: a version 7 UUID with the time of the act's id, and a
/// hash over both ids. When the same act is asked for again after a restart of the Broker, it comes to the same ids,
/// and so finds the jobs that it has made already.
/// </summary>
internal static class ReplayId
{
    public static JobId Of(Guid act, JobId old)
    {
        Span<byte> named = stackalloc byte[32];
        act.TryWriteBytes(named, bigEndian: true, out _);
        old.Value.TryWriteBytes(named[16..], bigEndian: true, out _);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(named, hash);
        Span<byte> id = stackalloc byte[16];
        hash[..16].CopyTo(id);
        named[..6].CopyTo(id);
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new JobId(new Guid(id, bigEndian: true));
    }
}
