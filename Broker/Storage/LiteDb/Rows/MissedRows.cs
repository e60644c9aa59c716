using System.Buffers.Binary;
using LiteDB;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>
/// The rows of missed instants, by schedule and first instant: <c>r</c> the reason, and of a run <c>t</c> the last
/// instant and <c>n</c> how many instants the run has. Earlier versions wrote a row for each instant, which has only
/// <c>r</c>.
/// </summary>
internal sealed class MissedRows : StoredKind
{
    public const string Name = "missed";

    private const string Reason = "r";
    private const string To = "t";
    private const string Count = "n";

    public override IReadOnlyList<string> Collections { get; } = [Name];

    public override IReadOnlyList<ChangeKind> Changes { get; } =
    [
        ChangeKind.OfJson<Change.OccurrenceMissed>(11, (change, rows) => rows.Put(Name, Make(change))),
        ChangeKind.OfJson<Change.OccurrenceMade>(
            23,
            (change, rows) => rows.Delete(Name, RowKeys.Of(change.Id.Value, change.Nominal.UtcTicks))
        ),
    ];

    /// <summary>Searches the missed instants of a schedule, newest first.</summary>
    /// <exception cref="FormatException">The cursor was not made here.</exception>
    public static Page<MissedOccurrence> Search(Documents documents, ScheduleId id, int limit, string? cursor) =>
        NumberedRows.Search(documents, Name, id, limit, cursor, Read);

    /// <summary>
    /// Deletes those of the next rows that are wholly from before the instant. Returns the key from which to go on;
    /// null at the end.
    /// </summary>
    public static byte[]? PruneSlice(Documents documents, byte[] from, DateTimeOffset before, int limit)
    {
        var rows = documents.Scan(Name, "_id", from, BsonValue.MaxValue, descending: false, limit);
        var old = rows.Where(row => LastTicksOf(row) < before.UtcTicks).Select(row => row["_id"]).ToList();
        if (old.Count > 0)
        {
            documents.Transact(() => documents.Delete(Name, old));
        }

        return rows.Count < limit ? null : RowKeys.After(rows[^1]["_id"].AsBinary);
    }

    private static BsonDocument Make(Change.OccurrenceMissed missed)
    {
        var row = new BsonDocument
        {
            ["_id"] = RowKeys.Of(missed.Id.Value, missed.Nominal.UtcTicks),
            [Reason] = missed.Reason,
        };
        if (missed.To is { } last)
        {
            (row[To], row[Count]) = (last.UtcTicks, missed.Count);
        }

        return row;
    }

    private static MissedOccurrence Read(BsonDocument row)
    {
        var first = new DateTimeOffset(FirstTicksOf(row), TimeSpan.Zero);
        return row.TryGetValue(To, out var last)
            ? new MissedOccurrence(
                first,
                row[Reason].AsString,
                new DateTimeOffset(last.AsInt64, TimeSpan.Zero),
                row[Count].AsInt64
            )
            : new MissedOccurrence(first, row[Reason].AsString);
    }

    private static long LastTicksOf(BsonDocument row) =>
        row.TryGetValue(To, out var last) ? last.AsInt64 : FirstTicksOf(row);

    private static long FirstTicksOf(BsonDocument row) =>
        BinaryPrimitives.ReadInt64BigEndian(row["_id"].AsBinary.AsSpan(16));
}
