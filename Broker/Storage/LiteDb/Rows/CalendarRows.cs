using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Storage.LiteDb.Database;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>The rows of calendars, by namespace and name.</summary>
internal sealed class CalendarRows : StoredKind
{
    public const string Name = "calendars";

    public override IReadOnlyList<string> Collections { get; } = [Name];

    public override IReadOnlyList<ChangeKind> Changes { get; } =
    [
        ChangeKind.OfJson<Change.CalendarSaved, CalendarRecord>(
            21,
            change => change.Calendar,
            calendar => new Change.CalendarSaved(calendar),
            (change, rows) => rows.Put(Name, Make(change.Calendar))
        ),
        ChangeKind.OfJson<Change.CalendarDeleted>(
            22,
            (change, rows) => rows.Delete(Name, RowKeys.Of(change.Namespace, change.Name))
        ),
    ];

    public override StoredState Load(StoredState state, RowLoader rows) =>
        state with
        {
            Calendars = rows.LoadJson<CalendarRecord>(StoredRowKind.Calendar, Name),
        };

    private static LiteDB.BsonDocument Make(CalendarRecord calendar) =>
        JsonRows.Make(RowKeys.Of(calendar.Namespace, calendar.Name), calendar);
}
