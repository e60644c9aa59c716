using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Storage.LiteDb.Database;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>The rows of handlers, by namespace and name.</summary>
internal sealed class HandlerRows : StoredKind
{
    public const string Name = "handlers";

    public override IReadOnlyList<string> Collections { get; } = [Name];

    public override IReadOnlyList<ChangeKind> Changes { get; } =
    [
        ChangeKind.OfJson<Change.HandlerSaved, HandlerRecord>(
            12,
            change => change.Handler,
            handler => new Change.HandlerSaved(handler),
            (change, rows) => rows.Put(Name, Make(change.Handler))
        ),
        ChangeKind.OfJson<Change.HandlerDeleted>(
            13,
            (change, rows) => rows.Delete(Name, RowKeys.Of(change.Namespace, change.Name))
        ),
    ];

    public override StoredState Load(StoredState state, RowLoader rows) =>
        state with
        {
            Handlers = rows.LoadJson<HandlerRecord>(StoredRowKind.Handler, Name),
        };

    private static LiteDB.BsonDocument Make(HandlerRecord handler) =>
        JsonRows.Make(RowKeys.Of(handler.Namespace, handler.Name), handler);
}
