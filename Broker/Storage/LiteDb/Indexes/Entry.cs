using System.Buffers.Binary;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Indexes;

/// <summary>
/// One job in an index: 24 bytes that sort as numbers, high word first. The order of the index says what they mean.
/// </summary>
internal readonly record struct Entry(ulong High, ulong Middle, ulong Low) : IComparable<Entry>
{
    public const int Bytes = 24;

    public static Entry Lowest { get; } = new(0, 0, 0);

    public static Entry Highest { get; } = new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);

    /// <summary>The entry just below; the lowest entry returns itself.</summary>
    public Entry Before =>
        Low > 0 ? this with { Low = Low - 1 }
        : Middle > 0 ? new Entry(High, Middle - 1, ulong.MaxValue)
        : High > 0 ? new Entry(High - 1, ulong.MaxValue, ulong.MaxValue)
        : Lowest;

    /// <summary>The entry just above; the highest entry returns itself.</summary>
    public Entry After =>
        Low < ulong.MaxValue ? this with { Low = Low + 1 }
        : Middle < ulong.MaxValue ? new Entry(High, Middle + 1, 0)
        : High < ulong.MaxValue ? new Entry(High + 1, 0, 0)
        : Highest;

    public static Entry Read(ReadOnlySpan<byte> bytes) =>
        new(
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..])
        );

    public static Entry Lower(Entry a, Entry b) => a < b ? a : b;

    public static Entry Higher(Entry a, Entry b) => a > b ? a : b;

    public static bool operator <(Entry left, Entry right) => left.CompareTo(right) < 0;

    public static bool operator >(Entry left, Entry right) => left.CompareTo(right) > 0;

    public static bool operator <=(Entry left, Entry right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Entry left, Entry right) => left.CompareTo(right) >= 0;

    public int CompareTo(Entry other) =>
        High != other.High ? High.CompareTo(other.High)
        : Middle != other.Middle ? Middle.CompareTo(other.Middle)
        : Low.CompareTo(other.Low);

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt64BigEndian(to, High);
        BinaryPrimitives.WriteUInt64BigEndian(to[8..], Middle);
        BinaryPrimitives.WriteUInt64BigEndian(to[16..], Low);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Bytes];
        Write(bytes);
        return bytes;
    }
}

/// <summary>Entries in the order of ids: the id, then the instant by which the job is searched.</summary>
internal static class IdEntry
{
    /// <summary>
    /// How far the millisecond in an id may lie from the job's instant without the job counting as shifted.
    /// </summary>
    public static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    public static Entry Of(Job job) => Of(job.Id, JobSearch.TimeOf(job).UtcTicks);

    public static Entry Of(JobId id, long ticks)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return new Entry(
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            (ulong)ticks
        );
    }

    public static JobId JobIdOf(Entry entry)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, entry.High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], entry.Middle);
        return new JobId(new Guid(bytes, bigEndian: true));
    }

    /// <summary>The lowest entry whose id was made at the instant or later.</summary>
    public static Entry Bound(DateTimeOffset at) => new((ulong)Math.Max(0, at.ToUnixTimeMilliseconds()) << 16, 0, 0);

    /// <summary>Whether a search by time must look for the job elsewhere than near its instant.</summary>
    public static bool IsShifted(Job job)
    {
        var made = (long)(Of(job.Id, 0).High >> 16);
        return Math.Abs(made - JobSearch.TimeOf(job).ToUnixTimeMilliseconds()) > (long)Slack.TotalMilliseconds - 1_000;
    }
}

/// <summary>Entries in the order of ends: the instant of the end, then the id.</summary>
internal static class EndEntry
{
    public static Entry Of(Job job) => Of(job.FinishedAt!.Value, job.Id);

    public static Entry Of(DateTimeOffset end, JobId id)
    {
        var entry = IdEntry.Of(id, 0);
        return new Entry((ulong)end.UtcTicks, entry.High, entry.Middle);
    }

    public static JobId JobIdOf(Entry entry) => IdEntry.JobIdOf(new Entry(entry.Middle, entry.Low, 0));
}
