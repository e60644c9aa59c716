using System.Buffers.Binary;
using LiteDB;
using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>
/// The rows of missed instants, by schedule and first instant: <c>r</c> the reason, and of a run <c>t</c> the last
/// instant and <c>n</c> how many they are. Earlier versions wrote a row for each instant, which has only <c>r</c>.
/// </summary>
internal static class MissedRows
{
    private const string Reason = "r";
    private const string To = "t";
    private const string Count = "n";

    public static BsonDocument Make(Change.OccurrenceMissed missed)
    {
        var row = new BsonDocument
        {
            ["_id"] = Collections.Key(missed.Id.Value, missed.Nominal.UtcTicks),
            [Reason] = missed.Reason,
        };
        if (missed.To is { } last)
        {
            (row[To], row[Count]) = (last.UtcTicks, missed.Count);
        }

        return row;
    }

    public static MissedOccurrence Read(BsonDocument row)
    {
        var from = new DateTimeOffset(FromOf(row), TimeSpan.Zero);
        return row.TryGetValue(To, out var last)
            ? new MissedOccurrence(
                from,
                row[Reason].AsString,
                new DateTimeOffset(last.AsInt64, TimeSpan.Zero),
                row[Count].AsInt64
            )
            : new MissedOccurrence(from, row[Reason].AsString);
    }

    /// <summary>In ticks: the last instant that the row tells of.</summary>
    public static long LastOf(BsonDocument row) => row.TryGetValue(To, out var last) ? last.AsInt64 : FromOf(row);

    private static long FromOf(BsonDocument row) => BinaryPrimitives.ReadInt64BigEndian(row["_id"].AsBinary.AsSpan(16));
}
