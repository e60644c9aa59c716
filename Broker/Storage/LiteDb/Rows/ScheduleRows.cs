using LiteDB;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Storage.LiteDb.Database;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>The rows of schedules, by id. Versions and missed instants of a schedule go with it.</summary>
internal sealed class ScheduleRows : StoredKind
{
    public const string Name = "schedules";

    public override IReadOnlyList<string> Collections { get; } = [Name];

    public override IReadOnlyList<ChangeKind> Changes { get; } =
    [
        ChangeKind.OfJson<Change.ScheduleSaved, Schedule>(
            9,
            change => change.Schedule,
            schedule => new Change.ScheduleSaved(schedule),
            (change, rows) => rows.Put(Name, JsonRows.Make(RowKeys.Of(change.Schedule.Id.Value), change.Schedule))
        ),
        ChangeKind.OfJson<Change.ScheduleDeleted>(10, (change, rows) => rows.Delete(Name, RowKeys.Of(change.Id.Value))),
    ];

    public override StoredState Load(StoredState state, RowLoader rows) =>
        state with
        {
            Schedules = rows.LoadJson<Schedule>(StoredRowKind.Schedule, Name),
        };

    public override void DeleteBelongings(Documents documents, BsonValue id)
    {
        var schedule = new Guid(id.AsBinary, bigEndian: true);
        foreach (var collection in new[] { MissedRows.Name, VersionRows.Name })
        {
            var rows = documents.Scan(
                collection,
                "_id",
                RowKeys.Of(schedule, 0),
                RowKeys.Of(schedule, long.MaxValue),
                descending: false,
                int.MaxValue
            );
            documents.Delete(collection, rows.Select(row => row["_id"]));
        }
    }
}
