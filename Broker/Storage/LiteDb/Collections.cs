using System.Buffers.Binary;
using System.Globalization;
using LiteDB;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>Names and keys on disk. Keys sort as bytes: ids and instants are big-endian.</summary>
internal static class Collections
{
    public const string Meta = "meta";
    public const string Journal = "journal";

    /// <summary>Unfinished jobs, without those that are still in the journal alone.</summary>
    public const string Jobs = "jobs";

    public const string History = "history";

    /// <summary>The history's indexes, in blocks.</summary>
    public const string Postings = "postings";

    /// <summary>Sums over executions by minute and hour.</summary>
    public const string Rollups = "rollups";

    /// <summary>Params and results too long to lie in their job's row.</summary>
    public const string Bodies = "bodies";

    public const string Logs = "logs";
    public const string Schedules = "schedules";
    public const string Missed = "missed";

    /// <summary>Versions of schedules, by schedule and number.</summary>
    public const string Versions = "versions";
    public const string Calendars = "calendars";
    public const string Handlers = "handlers";
    public const string Keys = "keys";
    public const string Access = "access";
    public const string Deduplications = "deduplications";

    /// <summary>The starts that rate limits have counted.</summary>
    public const string Rates = "rates";

    /// <summary>Batches of which a job has not ended, by namespace and id.</summary>
    public const string Batches = "batches";

    /// <summary>The others.</summary>
    public const string EndedBatches = "batchhistory";

    /// <summary>Blocks of the audit log, by the sequence of their first event.</summary>
    public const string Audit = "audit";

    /// <summary>The audit log's index: the instant of the last event, then the sequence of the first.</summary>
    public const string TimeField = "t";

    /// <summary>The history's index: the instant of the end, then the id, so that no two are equal.</summary>
    public const string EndField = "f";

    public static byte[] Key(Guid id)
    {
        var key = new byte[16];
        id.TryWriteBytes(key, bigEndian: true, out _);
        return key;
    }

    public static byte[] Key(JobId id) => Key(id.Value);

    public static byte[] Key(Guid id, long number)
    {
        var key = new byte[24];
        id.TryWriteBytes(key, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(16), number);
        return key;
    }

    public static byte[] EndKey(DateTimeOffset at, JobId id)
    {
        var key = new byte[24];
        BinaryPrimitives.WriteInt64BigEndian(key, at.UtcTicks);
        id.Value.TryWriteBytes(key.AsSpan(8), bigEndian: true, out _);
        return key;
    }

    public static string Key(AccessKind kind, string key) =>
        string.Create(CultureInfo.InvariantCulture, $"{(int)kind}\n{key}");

    public static string Key(RateName of) =>
        string.Create(CultureInfo.InvariantCulture, $"{of.Namespace}\n{(int)of.Scope}\n{of.Period.Ticks}\n{of.Name}");

    /// <summary>Of one namespace in the order in which they were made.</summary>
    public static string Key(string ns, BatchId id) => ns + "\n" + id.Value.ToString("N");

    public static string Key(string ns, string name) => ns + "\n" + name;

    public static JobId JobIdOf(BsonDocument row) => new(new Guid(row["_id"].AsBinary, bigEndian: true));

    /// <summary>The key just below, for a bound that is not included; null below the first.</summary>
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

    /// <summary>The key just above; null after the last.</summary>
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

    /// <summary>Reads a cursor that names a key of so many bytes.</summary>
    /// <exception cref="FormatException">It is none of ours.</exception>
    public static byte[] FromCursor(string cursor, int length)
    {
        var key = Convert.FromHexString(cursor);
        return key.Length == length
            ? key
            : throw new FormatException(
                string.Create(CultureInfo.InvariantCulture, $"The cursor has {key.Length} bytes, not {length}.")
            );
    }

    public static string ToCursor(byte[] key) => Convert.ToHexStringLower(key);
}
