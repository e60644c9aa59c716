using LiteDB;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Rows;

namespace ScheduleZero.Broker.Storage.LiteDb.Upkeep;

/// <summary>Searches for the place up to which the audit log may be deleted, a slice at a time.</summary>
internal sealed class AuditCutSearch(DateTimeOffset before, int sliceRows)
{
    /// <summary>The newest block that is wholly from before the instant; null when none was found yet.</summary>
    private BsonDocument? _newestToGo;

    /// <summary>The sequence from which the next step reads.</summary>
    private long _next;

    /// <summary>The place to cut at; null when there is nothing to delete.</summary>
    public AuditCut? Result { get; private set; }

    /// <summary>Reads the next blocks. True when the search is over and <see cref="Result"/> holds.</summary>
    public bool Step(Documents documents)
    {
        var rows = documents.Scan(AuditRows.Name, "_id", _next, long.MaxValue, descending: false, sliceRows);
        foreach (var row in rows)
        {
            var first = row["_id"].AsInt64;
            // A deleted block always has a successor: the chain goes on from a hash that is known.
            Result = _newestToGo is null ? null : new AuditCut(first, AuditRows.HashOf(_newestToGo));
            if (AuditRows.LastAtOf(row) >= before)
            {
                return true;
            }

            _newestToGo = row;
            _next = first + 1;
        }

        return rows.Count < sliceRows;
    }
}
