using LiteDB;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb.Database;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>
/// The rows of deduplication keys, by namespace and key. A start deletes those that have expired.
/// </summary>
internal sealed class DeduplicationRows : StoredKind
{
    public const string Name = "deduplications";

    public override IReadOnlyList<string> Collections { get; } = [Name];

    public override IReadOnlyList<ChangeKind> Changes { get; } =
    [
        ChangeKind.OfJson<Change.DeduplicationKept>(
            7,
            (change, rows) => rows.Put(Name, JsonRows.Make(RowKeys.Of(change.Namespace, change.Key), change))
        ),
        ChangeKind.OfJson<Change.DeduplicationReleased>(
            8,
            (change, rows) => rows.Delete(Name, RowKeys.Of(change.Namespace, change.Key))
        ),
    ];

    public override StoredState Load(StoredState state, RowLoader rows)
    {
        var valid = new List<Change.DeduplicationKept>();
        var expired = new List<BsonValue>();
        foreach (
            var (id, key) in rows.Read(
                StoredRowKind.Deduplication,
                rows.InPages(Name),
                JsonRows.Read<Change.DeduplicationKept>
            )
        )
        {
            if (key.Until > rows.Now)
            {
                valid.Add(key);
            }
            else
            {
                expired.Add(id);
            }
        }

        if (expired.Count > 0)
        {
            rows.Documents.Transact(() => rows.Documents.Delete(Name, expired));
        }

        return state with
        {
            Deduplications = valid,
        };
    }
}
