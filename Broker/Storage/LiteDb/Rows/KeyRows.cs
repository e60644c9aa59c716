using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>The rows of keys, by id. A revoked key keeps its row.</summary>
internal sealed class KeyRows : StoredKind
{
    public const string Name = "keys";

    public override IReadOnlyList<string> Collections { get; } = [Name];

    public override IReadOnlyList<ChangeKind> Changes { get; } =
    [
        ChangeKind.OfJson<Change.KeySaved, KeyRecord>(
            14,
            change => change.Key,
            key => new Change.KeySaved(key),
            (change, rows) => rows.Put(Name, JsonRows.Make(change.Key.Id, change.Key))
        ),
    ];

    public override StoredState Load(StoredState state, RowLoader rows) =>
        state with
        {
            Keys = rows.LoadJson<KeyRecord>(StoredRowKind.Key, Name),
        };
}
